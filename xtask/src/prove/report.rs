//! The results of a run, for people and for programs.

use httpfile::{Code, Diagnostic, LineIndex, Location, Sources};
use serde_json::json;

use super::expectation::Finding;
use super::outcome::Outcome;
use super::run::Step;
use crate::report::{self, MessageFormat};

/// An answer that is not what the contract says.
pub const UNEXPECTED_ANSWER: Code = Code("unexpected-answer");

/// Prints what became of each request and of each probe that was not refused as declared, and each finding with its
/// place in the contract.
pub fn outcome(format: MessageFormat, sources: &Sources, outcome: &Outcome) {
    let Outcome { requests, probes, boundaries, examples, .. } = outcome;
    let made = || probes.iter().chain(boundaries).chain(examples);
    match format {
        MessageFormat::Human | MessageFormat::Short => {
            requests.iter().chain(made().filter(|step| step.failed())).for_each(|step| eprintln!("{}", line(step)));
        }
        MessageFormat::Json => {
            requests.iter().for_each(|step| println!("{}", object(sources, step, "request")));
            probes.iter().for_each(|step| println!("{}", object(sources, step, "probe")));
            boundaries.iter().for_each(|step| println!("{}", object(sources, step, "boundary")));
            examples.iter().for_each(|step| println!("{}", object(sources, step, "example")));
        }
        MessageFormat::Github => {}
    }
    // An object of a request has its findings already.
    if format != MessageFormat::Json {
        let diagnostics: Vec<_> = requests.iter().chain(made()).flat_map(diagnostics).collect();
        report::diagnostics(format, sources, &diagnostics);
    }
}

/// What is wrong with a step, each with the place that says so.
fn diagnostics(step: &Step) -> Vec<Diagnostic> {
    let beginning = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(600).collect::<String>();
    let body = step.outgoing.body.as_deref().map(beginning).unwrap_or_default();
    let sent = format!("{} {} {body}", step.outgoing.method, step.outgoing.url);
    let answer = step.answer.as_ref().ok().map(|answer| {
        format!("sent {}; the answer was {} {}", sent.trim_end(), answer.status, beginning(&answer.body))
    });
    let diagnostic = |finding: &Finding| {
        let message = format!("{}: {}", title(step), finding.message);
        let diagnostic = Diagnostic::error(UNEXPECTED_ANSWER, finding.location, message);
        match &answer {
            Some(answer) => diagnostic.help(answer.clone()),
            None => diagnostic,
        }
    };
    step.findings.iter().map(diagnostic).collect()
}

/// The test id and the name of a request, whichever there are.
pub fn title(step: &Step) -> String {
    let parts: Vec<_> = [&step.sample.test_id, &step.sample.name].into_iter().flatten().map(String::as_str).collect();
    if parts.is_empty() { format!("{} {}", step.outgoing.method, step.sample.operation) } else { parts.join(" ") }
}

fn line(step: &Step) -> String {
    let state = match (step.failed(), &step.inexpressible) {
        (true, _) => "FAILED",
        (false, Some(reason)) => return format!("{:<6}  ---              {}: {reason}", "typed", title(step)),
        (false, None) => "ok",
    };
    let status = step.answer.as_ref().map_or_else(|_| "---".to_owned(), |answer| answer.status.to_string());
    format!("{state:<6}  {status}  {:>6.1} ms  {}", step.took.as_secs_f64() * 1000.0, title(step))
}

fn object(sources: &Sources, step: &Step, kind: &str) -> serde_json::Value {
    let finding = |finding: &Finding| {
        let (file, line) = place(sources, finding.location);
        json!({ "file": file, "line": line, "message": finding.message })
    };
    let (file, line) = place(sources, step.sample.location);
    json!({
        "kind": kind,
        "testId": step.sample.test_id,
        "name": step.sample.name,
        "operation": step.sample.operation,
        "file": file,
        "line": line,
        "method": step.outgoing.method,
        "url": step.outgoing.url,
        "expected": step.sample.expect,
        "status": step.answer.as_ref().ok().map(|answer| answer.status),
        "inexpressible": step.inexpressible,
        "milliseconds": step.took.as_secs_f64() * 1000.0,
        "findings": step.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// The file of a place, and its line.
pub fn place(sources: &Sources, location: Location) -> (&str, usize) {
    let source = sources.get(location.file);
    (source.path(), LineIndex::new(source.text()).position(location.span.start).line)
}
