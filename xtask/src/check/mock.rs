//! `cargo xtask mock` as a program of its own, for the steps that talk to it.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::failure::{Failure, Problem};

/// What its log says before the address.
const LISTENING: &str = "listening on ";

/// A running mock of the workspace's contract; it ends with this value.
pub(super) struct Mock {
    child: Child,
    /// Where it listens.
    pub(super) url: String,
}

impl Mock {
    /// Starts it on a free port, as a user would.
    pub(super) fn start(root: &Path, cargo: &std::ffi::OsStr) -> Result<Self, Failure> {
        let fail = |words: &str| {
            let problem = Problem::new("step-failed", format!("`cargo xtask mock` did not start: {words}"));
            Failure::environment(problem.help("run `cargo xtask mock --port 0` to see more"))
        };
        let mut command = Command::new(cargo);
        command.args(["xtask", "mock", "--port", "0"]).current_dir(root).env_remove("CARGO_MANIFEST_DIR");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| fail(&error.to_string()))?;
        let log = child.stderr.take();
        let mut mock = Self { child, url: String::new() };
        let mut log = BufReader::new(log.ok_or_else(|| fail("it has no log"))?);
        let mut seen = String::new();
        while mock.url.is_empty() {
            let begin = seen.len();
            if log.read_line(&mut seen).map_err(|error| fail(&error.to_string()))? == 0 {
                return Err(fail(&seen));
            }
            let address = seen[begin..].strip_prefix(LISTENING).and_then(|rest| rest.split_once(';'));
            mock.url = address.map(|(url, _)| url.to_owned()).unwrap_or_default();
        }
        // Nobody reads the lines of its requests; it must not wait for somebody who does.
        thread::spawn(move || drop(io::copy(&mut log, &mut io::sink())));
        Ok(mock)
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It holds nothing that would have to be put away.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
