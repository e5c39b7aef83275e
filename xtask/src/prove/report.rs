//! The results of a run, for people and for programs.

use std::time::Duration;

use httpfile::{Code, Diagnostic, LineIndex, Location, Sources};
use serde_json::{Value, json};

use super::curl;
use super::expectation::Finding;
use super::outcome::{Outcome, passed};
use super::run::Step;
use crate::annotations;
use crate::progress::seconds;
use crate::report::{self, MessageFormat};

/// An answer that is not what the contract says.
pub const UNEXPECTED_ANSWER: Code = Code("unexpected-answer");

/// Prints what became of each request and of each probe that was not refused as declared, each finding with its place in
/// the contract, and what was not tried for which reason.
pub fn outcome(format: MessageFormat, sources: &Sources, outcome: &Outcome) {
    let print = |text: &str| report::print(format, text);
    match format {
        MessageFormat::Human | MessageFormat::Short => {
            let made = outcome.kinds().into_iter().skip(1).flat_map(|(_, steps, _)| steps).filter(|step| step.failed());
            outcome.requests.iter().chain(made).for_each(|step| print(&line(step)));
        }
        MessageFormat::Json => {
            for (kind, steps, _) in outcome.kinds() {
                steps.iter().for_each(|step| print(&object(sources, step, kind).to_string()));
            }
        }
        MessageFormat::Github => {}
    }
    // An object of a request has its findings already.
    if format != MessageFormat::Json {
        let steps = outcome.kinds().into_iter().flat_map(|(_, steps, _)| steps);
        let diagnostics: Vec<_> = steps.flat_map(|step| diagnostics(format, step)).collect();
        report::diagnostics(format, sources, &diagnostics);
    }
    untried(sources, outcome).iter().for_each(|(words, object)| match format {
        MessageFormat::Human | MessageFormat::Short => print(words),
        MessageFormat::Json => print(&object.to_string()),
        MessageFormat::Github => {}
    });
}

/// What this run says nothing about, in words and as an object.
fn untried(sources: &Sources, outcome: &Outcome) -> Vec<(String, Value)> {
    let gaps = outcome.gaps.iter().map(|gap| {
        let (file, line) = place(sources, gap.location);
        let object = json!({ "kind": "gap", "name": gap.name, "reason": gap.reason, "file": file, "line": line });
        (format!("not tried  {}: {}", gap.name, gap.reason), object)
    });
    let once = outcome.once.iter().map(|(operation, reason)| {
        let object = json!({ "kind": "once", "operation": operation, "reason": reason });
        (format!("not tried  the boundaries of {operation}, whose request is taken once: {reason}"), object)
    });
    let unwatched = outcome.unwatched.iter().map(|unwatched| {
        let (operation, probes) = (unwatched.operation, unwatched.probes);
        let object = json!({ "kind": "unwatched", "operation": operation, "probes": probes });
        (format!("not tried  whether the {probes} probes of {operation} change anything: no reader shows it"), object)
    });
    gaps.chain(once).chain(unwatched).collect()
}

/// Prints how much of a run was right, and how long all of it took. People are told by the progress.
pub fn total(format: MessageFormat, name: &str, outcome: &Outcome, took: Duration) {
    match format {
        MessageFormat::Json => {
            let counts = outcome.kinds().map(|(kind, steps, _)| {
                let (right, sent) = passed(steps);
                (kind.to_owned(), json!({ "right": right, "sent": sent }))
            });
            let object = json!({
                "kind": "total",
                "name": name,
                "counts": Value::Object(counts.into_iter().collect()),
                "excluded": outcome.excluded,
                "gaps": outcome.gaps.len(),
                "broken": outcome.broken.iter().map(|problem| &problem.message).collect::<Vec<_>>(),
                "failed": outcome.failed(),
                "milliseconds": took.as_secs_f64() * 1000.0,
            });
            report::print(format, &object.to_string());
        }
        MessageFormat::Github => {
            report::print(format, &annotations::notice(name, &format!("{}; {}", outcome.summary(), seconds(took))));
        }
        MessageFormat::Human | MessageFormat::Short => {}
    }
}

/// What is wrong with a step, each with the place that says so.
fn diagnostics(format: MessageFormat, step: &Step) -> Vec<Diagnostic> {
    let beginning = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(600).collect::<String>();
    let body = step.outgoing.body.as_deref().map(beginning).unwrap_or_default();
    let sent = format!("{} {} {body}", step.outgoing.method, step.outgoing.url);
    let answer = step.answer.as_ref().ok().map(|answer| {
        format!("sent {}; the answer was {} {}", sent.trim_end(), answer.status, beginning(&answer.body))
    });
    let again = curl::line(&step.outgoing).filter(|_| format == MessageFormat::Human);
    let again = again.map_or_else(String::new, |line| format!("\nto send it again: {line}"));
    let diagnostic = |(at, finding): (usize, &Finding)| {
        let message = format!("{}: {}", title(step), finding.message);
        let diagnostic = Diagnostic::error(UNEXPECTED_ANSWER, finding.location, message);
        match &answer {
            // Once is enough for all that is wrong with it.
            Some(answer) if at == 0 => diagnostic.help(format!("{answer}{again}")),
            Some(answer) => diagnostic.help(answer.clone()),
            None => diagnostic,
        }
    };
    step.findings.iter().enumerate().map(diagnostic).collect()
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

fn object(sources: &Sources, step: &Step, kind: &str) -> Value {
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
