//! What is tested, and what to do when it fails.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use httpfile::Profile;

use super::Step;
use super::mock::Mock;
use crate::failure::{Failure, Problem};
use crate::generate::{self, input};
use crate::list;
use crate::npm;
use crate::prove;

/// The steps, cheapest first, so that a slip shows early.
pub(super) fn all(full: bool) -> Vec<Step> {
    let always = [
        Step { name: "formatting", run: formatting },
        Step { name: "lints", run: lints },
        Step { name: "tests of the workspace", run: if full { tests_at_length } else { tests } },
        Step { name: "generated files are fresh", run: freshness },
        Step { name: "TypeScript client", run: typescript },
        Step { name: "the example page in a browser", run: example_page },
        Step { name: "the example chart", run: example_chart },
        Step { name: "Redocly accepts the document", run: redocly },
        Step { name: "httpYac reads the same requests", run: httpyac },
        Step { name: "the server keeps the contract", run: proof },
        Step { name: "both clients keep the contract", run: clients },
        Step { name: "both clients understand the mock", run: clients_of_mock },
        Step { name: "the proof finds faults", run: some_faults },
    ];
    let more = [
        Step { name: "scaffolded packages compile", run: scaffold },
        Step { name: "the proof finds all faults but a few", run: all_faults },
        Step { name: "Schemathesis finds nothing", run: schemathesis },
        Step { name: "benchmarks", run: benchmarks },
    ];
    always.into_iter().chain(more.into_iter().filter(|_| full)).collect()
}

fn formatting(root: &Path) -> Result<(), Failure> {
    cargo(root, &["fmt", "--all", "--check"], "run `cargo fmt --all`")
}

fn lints(root: &Path) -> Result<(), Failure> {
    // The build with faults has everything that the service has, and more.
    let faults = ["--features", "upload-server/faults"];
    let arguments =
        [&["clippy", "--workspace", "--all-targets", "--quiet"], &faults[..], &["--", "-D", "warnings"]].concat();
    cargo(root, &arguments, "repair what clippy names; many of them go away with `cargo clippy --fix --workspace`")
}

fn tests(root: &Path) -> Result<(), Failure> {
    run(&mut workspace_tests(root), TESTS_HELP)
}

/// Twenty crashes instead of two, and the like.
fn tests_at_length(root: &Path) -> Result<(), Failure> {
    run(workspace_tests(root).env("FULL", "1"), TESTS_HELP)
}

const TESTS_HELP: &str = "repair the test named above, or the code that it is about";

fn workspace_tests(root: &Path) -> Command {
    let mut command = Command::new(cargo_program());
    command.args(["test", "--workspace", "--quiet"]).current_dir(root);
    command
}

fn freshness(_root: &Path) -> Result<(), Failure> {
    generate::run(&generate::Arguments::freshness())
}

fn typescript(root: &Path) -> Result<(), Failure> {
    let package = root.join("sdk/typescript");
    install(&package)?;
    npm(&package, &["test"])
}

/// Uses the client that the step before has built, and the server that the tests of the workspace have.
fn example_page(root: &Path) -> Result<(), Failure> {
    let package = root.join("examples/web");
    install(&package)?;
    npm(&package, &["test"])
}

/// Uses the same client and server.
fn example_chart(root: &Path) -> Result<(), Failure> {
    let package = root.join("examples/analytics-chart");
    install(&package)?;
    npm(&package, &["test"])
}

/// Redocly's exit code says nothing of warnings, so they are counted in its report.
fn redocly(root: &Path) -> Result<(), Failure> {
    let tools = foreign_readers(root)?;
    let document = root.join("openapi/openapi.json");
    let mut command = Command::new("node");
    command.args(["node_modules/@redocly/cli/bin/cli.js", "lint", "--extends=spec", "--format=json"]).arg(document);
    command.current_dir(tools).env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(&command, &error))?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let found = |kind: &str| report["totals"][kind].as_u64();
    if output.status.success() && found("errors") == Some(0) && found("warnings") == Some(0) {
        return Ok(());
    }
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(failed(&command, "change the contract, or the toolchain where it says something that OpenAPI does not allow"))
}

/// Gives httpYac the requests that we read, and lets it compare them with its own.
fn httpyac(root: &Path) -> Result<(), Failure> {
    let tools = foreign_readers(root)?;
    let contract = root.join("__http__");
    let loaded = input::load_requests(std::slice::from_ref(&contract), &tools)?;
    let requests = list::json_lines(&list::requests(&loaded.sources, Profile::Contract).0)?;
    let mut command = Command::new("node");
    // The files are named as well, because one that holds no request has to hold none for both.
    command.arg("agree.mjs").args(loaded.sources.iter().map(|(_, source)| source.path())).current_dir(&tools);
    let help = "write the request so that every tool reads it alike; `cargo xtask list __http__` prints how we read it";
    run_with_input(&mut command, &requests, help)
}

fn proof(_root: &Path) -> Result<(), Failure> {
    prove::run(&prove::Arguments::workspace())
}

fn clients(root: &Path) -> Result<(), Failure> {
    install(&root.join("sdk/typescript"))?;
    prove::run(&prove::Arguments::clients())
}

fn clients_of_mock(root: &Path) -> Result<(), Failure> {
    install(&root.join("sdk/typescript"))?;
    let mock = Mock::start(root, &cargo_program())?;
    prove::run(&prove::Arguments::clients_with_mock(mock.url.clone()))
}

fn some_faults(_root: &Path) -> Result<(), Failure> {
    prove::run(&prove::Arguments::mutants(true))
}

fn all_faults(_root: &Path) -> Result<(), Failure> {
    prove::run(&prove::Arguments::mutants(false))
}

fn schemathesis(root: &Path) -> Result<(), Failure> {
    prove::schemathesis::test(root)
}

/// Scaffolds every package of a contract of another API, and compiles each by itself.
fn scaffold(root: &Path) -> Result<(), Failure> {
    let out = tempfile::tempdir().map_err(|error| Failure::io("create a folder in", &std::env::temp_dir(), &error))?;
    generate::run(&generate::Arguments::between(&root.join("xtask/tests/contracts/pets"), out.path()))?;
    for package in ["server/api", "sdk/rust"] {
        let mut command = Command::new(cargo_program());
        command.args(["check", "--quiet", "--all-targets"]).current_dir(out.path().join(package));
        command.env("CARGO_TARGET_DIR", root.join("target/scaffold"));
        run(&mut command, "repair the scaffold in the emitter of that package")?;
    }
    let package = out.path().join("sdk/typescript");
    npm(&package, &["install", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    npm(&package, &["run", "wire"])
}

pub(super) fn benchmarks(root: &Path) -> Result<(), Failure> {
    cargo(root, &["bench", "--workspace", "--benches"], "the benchmark named above stopped; run it by itself")?;
    let package = root.join("sdk/typescript");
    install(&package)?;
    // Its server is the release build that the server's own benchmarks have been compiled with.
    npm(&package, &["run", "bench"])
}

/// The packages that give a second opinion, installed as their lock file says.
fn foreign_readers(root: &Path) -> Result<PathBuf, Failure> {
    let tools = root.join("xtask/tools");
    install(&tools)?;
    Ok(tools)
}

/// Installs a package's dependencies as its lock file says, unless that has been done since the lock file changed.
fn install(package: &Path) -> Result<(), Failure> {
    let Some(outdated) = npm::outdated(package)? else { return Ok(()) };
    run(&mut npm::install(package), &npm_help(package, "ci"))?;
    outdated.installed()
}

fn cargo(root: &Path, arguments: &[&str], help: &str) -> Result<(), Failure> {
    run(Command::new(cargo_program()).args(arguments).current_dir(root), help)
}

/// The cargo that runs us, else whichever is found.
fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn npm(package: &Path, arguments: &[&str]) -> Result<(), Failure> {
    run(&mut npm::command(package, arguments), &npm_help(package, &arguments.join(" ")))
}

fn npm_help(package: &Path, arguments: &str) -> String {
    format!("run `npm {arguments}` in {} to see more", package.display())
}

fn run(command: &mut Command, help: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, help)) }
}

fn run_with_input(command: &mut Command, input: &str, help: &str) -> Result<(), Failure> {
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A child that stops reading has failed; its exit code says so.
        drop(stdin.write_all(input.as_bytes()));
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, help)) }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::environment(
        Problem::new("missing-program", format!("cannot run `{program}`: {error}"))
            .help("install it (the README lists what is needed) and make sure that it is on the PATH"),
    )
}

fn failed(command: &Command, help: &str) -> Failure {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    Failure::contract(Problem::new("step-failed", format!("`{line}` failed")).help(help))
}
