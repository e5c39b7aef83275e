//! How long `generate-sdk --skip typescript` takes on the contract of this workspace, and where the time goes.
//!
//! `cargo bench --package xtask`; the best of several rounds is printed, in milliseconds.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use openapi::Variables;
use xtask::generate::input;
use xtask::{Names, emit};

const ROUNDS: usize = 10;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let contract = root.join("__http__");

    let loaded = best("read the contract", || input::load(&contract, root).expect("a contract"));
    let compiled = best("compile the contract", || openapi::compile(&loaded.sources, &Variables::default()));
    let contract_model = compiled.contract.expect("a contract without mistakes");
    let document = best("make the document", || contract_model.document());
    let names = Names::from_title(&document.info.title, &document.info.version);
    best("server interface", || emit::server::emit(&document, &names).expect("a server"));
    best("Rust client", || emit::rust::emit(&document, &names).expect("a client"));

    let out = tempfile::tempdir().expect("a temporary folder");
    let fresh = out.path().join("fresh");
    best("whole program, everything is new", || {
        drop(std::fs::remove_dir_all(&fresh));
        run(&contract, &fresh);
    });
    best("whole program, nothing to do", || run(&contract, &fresh));
}

/// The built program, in a process of its own.
fn run(contract: &Path, out: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["generate-sdk", "--skip", "typescript", "--contract"]).arg(contract).arg("--out").arg(out);
    let status = command.stderr(Stdio::null()).status().expect("the program starts");
    assert!(status.success());
}

fn best<T>(stage: &str, mut work: impl FnMut() -> T) -> T {
    let mut fastest = Duration::MAX;
    let mut result = None;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        result = Some(work());
        fastest = fastest.min(started.elapsed());
    }
    println!("{:>8.1} ms  {stage}", fastest.as_secs_f64() * 1000.0);
    result.expect("at least one round")
}
