//! The summary of a step of a GitHub workflow, which is shown on the page of its run.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use httpfile::Sources;

use super::outcome::{Outcome, passed};
use super::report::{place, title};
use crate::failure::Failure;
use crate::progress::seconds;

/// The file that GitHub names.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";
/// The page of a run shows so many findings; the rest is in the log.
const MOST: usize = 50;

/// Adds what became of a run to the summary, where there is one.
pub fn add(sources: &Sources, outcome: &Outcome, name: &str, took: Duration) -> Result<(), Failure> {
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&path);
    let written = std::fs::File::options().create(true).append(true).open(path);
    let written = written.and_then(|mut file| file.write_all(page(sources, outcome, name, took).as_bytes()));
    written.map_err(|error| Failure::io("write", path, &error))
}

fn page(sources: &Sources, outcome: &Outcome, name: &str, took: Duration) -> String {
    let verdict = if outcome.failed() { "broken" } else { "kept" };
    let mut page =
        format!("### {name}: the contract is {verdict}, {}\n\n| | right | sent |\n|---|---|---|\n", seconds(took));
    for (kind, steps, _) in outcome.kinds() {
        if !steps.is_empty() {
            let (right, sent) = passed(steps);
            page += &format!("| {kind} | {right} | {sent} |\n");
        }
    }
    let findings = outcome.kinds().into_iter().flat_map(|(_, steps, _)| steps).flat_map(|step| {
        step.findings.iter().map(move |finding| {
            let (file, line) = place(sources, finding.location);
            format!("| `{file}:{line}` | {} | {} |\n", cell(&title(step)), cell(&finding.message))
        })
    });
    let broken = outcome.broken.iter().map(|problem| format!("| the service | | {} |\n", cell(&problem.message)));
    let findings: Vec<_> = broken.chain(findings).collect();
    if !findings.is_empty() {
        page += "\n| where | request | what is wrong |\n|---|---|---|\n";
        page += &findings.iter().take(MOST).map(String::as_str).collect::<String>();
    }
    if findings.len() > MOST {
        page += &format!("\n{} more are in the log.\n", findings.len() - MOST);
    }
    page + "\n"
}

/// What would end a cell is escaped, and what would be HTML.
fn cell(text: &str) -> String {
    let text: String = text.chars().take(500).collect();
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
