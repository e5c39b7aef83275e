//! A second opinion on a service: Schemathesis, which makes requests of its own from the OpenAPI document.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde::Deserialize;

use super::interrupt;
use super::service::Service;
use crate::failure::{Failure, Problem};
use crate::tools::Toolbox;
use crate::tools::schemathesis::Schemathesis;
use crate::workspace;

/// How long each caller is given in `cargo xtask test --full`.
const TIME: Duration = Duration::from_secs(60);
/// The same requests for the same answers.
const SEED: &str = "1";

/// `[workspace.metadata.contract.schemathesis]` of the root `Cargo.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Its configuration, from the workspace: what is not checked, with the reasons.
    config: PathBuf,
    /// The OpenAPI document, from the workspace.
    document: PathBuf,
    /// The variables that hold the tokens of those who call, one after the other.
    callers: Vec<String>,
}

/// Schemathesis, ready to judge services of the workspace.
pub struct SecondOpinion {
    tool: Schemathesis,
    settings: Settings,
    root: PathBuf,
}

impl SecondOpinion {
    /// As the workspace configures it; it is fetched when it is not there.
    pub fn of_workspace(root: &Path) -> Result<Self, Failure> {
        let settings = workspace::metadata(root, "schemathesis")?.ok_or_else(|| {
            let message = format!("{} does not say how Schemathesis is run", root.join("Cargo.toml").display());
            let help = "describe it in [workspace.metadata.contract.schemathesis]";
            Failure::environment(Problem::new("no-schemathesis", message).help(help))
        })?;
        let fail = |error: crate::emit::EmitError| Failure::environment(Problem::new("environment", error.to_string()));
        let tool = Toolbox::from_environment().and_then(|toolbox| Schemathesis::find(&toolbox)).map_err(fail)?;
        Ok(Self { tool, settings, root: root.to_owned() })
    }

    /// What is wrong with a service, as the first caller finds it who finds something in `time`; nothing when all is right.
    /// `stop` ends at the first finding.
    pub fn judge(&self, service: &Service, time: Duration, stop: bool) -> Result<Option<String>, Failure> {
        for caller in &self.settings.callers {
            if let Verdict::Wrong(report) = self.ask(service, caller, time, stop)? {
                return Ok(Some(report));
            }
        }
        Ok(None)
    }

    fn ask(&self, service: &Service, caller: &str, time: Duration, stop: bool) -> Result<Verdict, Failure> {
        let output = self.run(service, caller, time, stop)?;
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.code() {
            Some(0) => Ok(Verdict::Right(report)),
            Some(1) => Ok(Verdict::Wrong(report)),
            _ => Err(broken(&output)),
        }
    }

    fn run(&self, service: &Service, caller: &str, time: Duration, stop: bool) -> Result<Output, Failure> {
        let token = service.variables.get(caller).ok_or_else(|| {
            let message = format!("[workspace.metadata.contract.schemathesis]: there is no variable `{caller}`");
            let help = "name variables of [workspace.metadata.contract.service.variables]";
            Failure::environment(Problem::new("workspace-metadata", message).help(help))
        })?;
        // It keeps what it has seen in the folder that it runs in.
        let folder = interrupt::folder("schemathesis-")?;
        let mut command = self.tool.command();
        command.arg("--config-file").arg(self.root.join(&self.settings.config)).args(["--no-color", "run"]);
        command.arg(self.root.join(&self.settings.document)).args(["--url", &service.base_url, "--seed", SEED]);
        command.args(["--max-time", &time.as_secs().max(1).to_string(), "--header"]);
        command.arg(format!("Authorization: Bearer {token}"));
        if stop {
            command.args(["--max-failures", "1"]);
        }
        command.current_dir(folder.path()).stdin(Stdio::null()).output().map_err(|error| {
            Failure::environment(Problem::new("missing-program", format!("cannot run Schemathesis: {error}")))
        })
    }
}

/// What one caller's tests say of a service, each with the whole report.
enum Verdict {
    Right(String),
    Wrong(String),
}

/// How much was tried, as a report says it below its heading: `2734 generated, 2734 passed, 10 skipped`. Nothing where it
/// says nothing, or that nothing was.
fn cases(report: &str) -> Option<&str> {
    let counts = report.lines().skip_while(|line| line.trim() != "Test cases:").nth(1)?.trim();
    let generated = counts.split_whitespace().next()?.parse::<u64>().ok()?;
    (generated > 0).then_some(counts)
}

/// The first failure that a report names: `ST202 Schema-valid request rejected`.
pub fn first_failure(report: &str) -> String {
    let named = |line: &str| line.trim().strip_prefix("- ").filter(|text| text.starts_with("ST")).map(str::to_owned);
    report.lines().find_map(named).unwrap_or_else(|| "a failure without a name".to_owned())
}

fn broken(output: &Output) -> Failure {
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let last: Vec<_> = words.lines().rev().take(20).collect();
    let message = format!("Schemathesis: {}\n{}", output.status, last.into_iter().rev().collect::<Vec<_>>().join("\n"));
    Failure::environment(Problem::new("schemathesis", message))
}

/// Lets every caller test the workspace's own service; nothing may be found.
pub fn test(root: &Path) -> Result<(), Failure> {
    interrupt::heeding(|| test_service(root))
}

fn test_service(root: &Path) -> Result<(), Failure> {
    let opinion = SecondOpinion::of_workspace(root)?;
    let service = Service::start(&super::Settings::of_workspace(root)?, root)?;
    for caller in &opinion.settings.callers {
        match opinion.ask(&service, caller, TIME, false)? {
            Verdict::Right(report) => match cases(&report) {
                Some(cases) => eprintln!("as `{caller}`, {} s: {cases}", TIME.as_secs()),
                None => {
                    eprintln!("{report}");
                    let message = format!("Schemathesis as `{caller}` tried nothing, so that it found nothing");
                    let help = "see its report above; its configuration may exclude everything";
                    return Err(Failure::contract(Problem::new("step-failed", message).help(help)));
                }
            },
            Verdict::Wrong(report) => {
                eprintln!("{report}");
                let help = "repair the service or the contract; what Schemathesis cannot know is excluded, with the \
                            reason, in its configuration";
                let message = format!("Schemathesis as `{caller}` found: {}", first_failure(&report));
                return Err(Failure::contract(Problem::new("step-failed", message).help(help)));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_how_many_cases_there_were() {
        let report = "Test cases:\n  2734 generated, 2734 passed, 10 skipped\n\nSeed: 1\n";
        assert_eq!(cases(report), Some("2734 generated, 2734 passed, 10 skipped"));
        assert_eq!(cases("Seed: 1\n"), None);
        assert_eq!(cases("Test cases:\n  0 generated\n"), None);
    }
}
