//! How long the service takes until it can work, with nothing but itself: in a data folder that is not there yet, and in
//! one that it has used before.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Effort;
use super::report::{Report, median};
use super::shared::{self, load::Connection};

/// What is needed to find PostgreSQL. The rest of the environment could hold settings of a service.
const INHERITED: [&str; 4] = ["PATH", "HOME", "XDG_CACHE_HOME", "PG_BIN"];

/// Starts the service again and again. PostgreSQL has been fetched before, unless one is installed.
pub async fn measure(folder: &Path, effort: &Effort, report: &mut Report) {
    let folder = folder.join("start");
    let (mut new, mut used) = (Vec::new(), Vec::new());
    // One round to warm up, which does not count.
    for round in 0..=effort.rounds {
        let _ = fs::remove_dir_all(&folder);
        let times = [ready_after(&folder).await, ready_after(&folder).await];
        if round > 0 {
            new.push(times[0]);
            used.push(times[1]);
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    for (what, times, wanted) in [("a new data folder", new, "≤ 5 s"), ("one that it has used", used, "≤ 1 s")] {
        report.add(format!("ready with a database of its own in {what}"), format!("{:.2} s", median(times)), wanted);
    }
}

/// How many seconds the service takes until it is ready. It is stopped again.
async fn ready_after(folder: &Path) -> f64 {
    let begun = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_upload-server"))
        .args(["serve", "--bind", "127.0.0.1:0", "--shutdown-delay-seconds", "0", "--data-dir"])
        .arg(folder)
        .env_clear()
        .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = shared::address(&mut process);
    let request = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
    while Connection::open(&address).await.ask(request, &[]).await != 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed().as_secs_f64();
    kill_process(Pid::from_child(&process), Signal::TERM).unwrap();
    assert!(process.wait().unwrap().success());
    took
}
