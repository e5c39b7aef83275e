//! The results of a run as JUnit XML, which CI services read.

use std::path::Path;
use std::time::Duration;

use httpfile::Sources;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::outcome::Outcome;
use super::report::{place, title};
use super::run::Step;
use crate::failure::{Failure, Problem};

/// Bodies of more than this are cut.
const MOST_CHARACTERS: usize = 4000;

/// Writes one test suite a request file, one each of all probes and boundaries, and one of what is wrong beside the answers.
pub fn write(path: &Path, sources: &Sources, outcome: &Outcome, took: Duration) -> Result<(), Failure> {
    let mut report = Report::new("prove");
    report.set_time(took);
    for group in outcome.requests.chunk_by(|a, b| a.sample.location.file == b.sample.location.file) {
        let name = group.first().map_or("", |step| sources.get(step.sample.location.file).path());
        let mut suite = TestSuite::new(name);
        suite.set_time(group.iter().map(|step| step.took).sum());
        suite.add_test_cases(group.iter().map(|step| case(sources, step)));
        report.add_test_suite(suite);
    }
    for (name, steps) in
        [("probes", &outcome.probes), ("boundaries", &outcome.boundaries), ("examples", &outcome.examples)]
    {
        if !steps.is_empty() {
            let mut suite = TestSuite::new(name);
            suite.set_time(steps.iter().map(|step| step.took).sum());
            suite.add_test_cases(steps.iter().map(|step| case(sources, step)));
            report.add_test_suite(suite);
        }
    }
    if !outcome.broken.is_empty() {
        let mut suite = TestSuite::new("service");
        suite.add_test_cases(outcome.broken.iter().map(broken));
        report.add_test_suite(suite);
    }
    let text = report.to_string().map_err(|error| {
        Failure::environment(Problem::new("junit", format!("the results cannot be written as XML: {error}")))
    })?;
    std::fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}

fn case(sources: &Sources, step: &Step) -> TestCase {
    let mut status = TestCaseStatus::success();
    if step.failed() {
        let kind = if step.answer.is_ok() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
        let messages: Vec<_> = step.findings.iter().map(|finding| finding.message.as_str()).collect();
        status = TestCaseStatus::non_success(kind);
        status.set_message(messages.join("; "));
        let lines = step.findings.iter().map(|finding| {
            let (file, line) = place(sources, finding.location);
            format!("{file}:{line}: {}", finding.message)
        });
        status.set_description(lines.collect::<Vec<_>>().join("\n"));
    }
    let mut case = TestCase::new(title(step), status);
    case.set_time(step.took);
    case.set_classname(step.sample.operation.as_str());
    case.set_system_out(exchanged(step));
    case
}

/// A case of the service itself.
fn broken(problem: &Problem) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(problem.message.as_str());
    let mut case = TestCase::new(problem.code, status);
    case.set_classname("service");
    case
}

/// What was sent and what came, for whoever looks at a case.
fn exchanged(step: &Step) -> String {
    let beginning = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(MOST_CHARACTERS).collect::<String>();
    let came = match (&step.answer, &step.inexpressible) {
        (Ok(answer), _) => format!("{} {}", answer.status, beginning(&answer.body)),
        (Err(_), Some(reason)) => format!("not sent: {reason}"),
        (Err(reason), None) => reason.clone(),
    };
    let sent = step.outgoing.body.as_deref().map(beginning).unwrap_or_default();
    format!("{} {}\n{sent}\n\n{came}\n", step.outgoing.method, step.outgoing.url)
}
