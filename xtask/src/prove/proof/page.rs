//! The document as Markdown.

use std::path::Path;

use httpfile::Location;
use regex::Regex;
use serde_json::Value;

use super::{Criterion, Evidence, Normal, normal};
use crate::failure::{Failure, Problem};
use crate::prove::answer::Answer;
use crate::prove::report::title;
use crate::prove::run::Step;

const INTRODUCTION: &str = "<!-- Written by `cargo xtask prove --write-proof`; do not edit. -->

# Proof

What the service answered when `cargo xtask prove` sent it the requests of the contract, by criterion. Every answer shown here was also
held against the contract: its status, headers, media type, schema and assertions. Identifiers, times and tokens that differ from run to run
are replaced by `<id 1>`, `<time>` and `<token>`, so that the same behaviour gives the same document; `cargo xtask prove` fails when it
does not.
";

/// The whole document.
pub fn page(root: &Path, criteria: &[Criterion], evidence: &Evidence) -> Result<String, Failure> {
    let mut normal = normal(evidence);
    let mut text = INTRODUCTION.to_owned();
    for criterion in criteria {
        text += &format!("\n## {}\n", criterion.title);
        for test in &criterion.tests {
            let step = evidence.requests.iter().find(|step| step.sample.test_id.as_deref() == Some(test));
            let step = step.ok_or_else(|| unproved(criterion, &format!("no request has the test id {test}")))?;
            let values = !criterion.without_values.contains(test);
            text += &exchange(evidence, step, values, &mut normal);
        }
        if let Some(pattern) = &criterion.log {
            text += &log(criterion, pattern, evidence, &mut normal)?;
        }
        for folder in &criterion.folders {
            text += &listing(criterion, root, folder)?;
        }
        if criterion.tests.is_empty() && criterion.folders.is_empty() {
            return Err(unproved(criterion, "it names no evidence"));
        }
    }
    Ok(text)
}

fn unproved(criterion: &Criterion, why: &str) -> Failure {
    let message = format!("`{}` is not proved: {why}", criterion.title);
    let help = "change [workspace.metadata.contract.proof], or the contract";
    Failure::contract(Problem::new("no-evidence", message).help(help))
}

/// One request and its answer.
fn exchange(evidence: &Evidence, step: &Step, values: bool, normal: &mut Normal) -> String {
    let heading = step.sample.title.clone().map_or_else(String::new, |title| format!(": {title}"));
    let name = step.sample.name.as_deref().map_or_else(String::new, |name| format!("`{name}`\n\n"));
    let sent = sent(step, normal);
    let came = step.answer.as_ref().map_or_else(Clone::clone, |answer| came(evidence, step, answer, values, normal));
    let test_id = step.sample.test_id.clone().unwrap_or_else(|| title(step));
    let mut text = format!("\n### {test_id}{heading}\n\n{name}```http\n{sent}```\n\n```http\n{came}```\n");
    let lines = step.sample.assertions.iter().map(|assertion| line(evidence, assertion.location));
    let held: Vec<_> = lines.map(|line| format!("- `{line}`\n")).collect();
    if !held.is_empty() {
        text += &format!("\nAsserted, and true:\n\n{}", held.concat());
    }
    text
}

/// What the contract says at a place, without the comment that it stands in.
fn line(evidence: &Evidence, location: Location) -> String {
    let text = evidence.sources.get(location.file).text();
    let text = text.get(location.span.start..location.span.end).unwrap_or_default().trim();
    let text = text.trim_start_matches(['#', '/', ' ']);
    text.strip_prefix("@assert").unwrap_or(text).trim().to_owned()
}

fn sent(step: &Step, normal: &mut Normal) -> String {
    let mut text = normal.text(&format!("{} {}\n", step.outgoing.method, step.outgoing.url));
    for (name, value) in &step.outgoing.headers {
        let secret = name.eq_ignore_ascii_case("authorization");
        let value = if secret { scheme(value) } else { normal.text(value) };
        text += &format!("{name}: {value}\n");
    }
    let body = step.outgoing.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    if body.is_empty() { text } else { text + "\n" + &ended(&normal.text(&body)) }
}

/// `Bearer <token>`
fn scheme(value: &str) -> String {
    let (scheme, _) = value.split_once(' ').unwrap_or(("", value));
    format!("{scheme} <token>").trim().to_owned()
}

fn came(evidence: &Evidence, step: &Step, answer: &Answer, values: bool, normal: &mut Normal) -> String {
    let mut text = format!("HTTP/1.1 {}\n", answer.status);
    let operation = evidence.contract.operations.iter().find(|operation| operation.id == step.sample.operation);
    let declared = operation.and_then(|o| o.responses.iter().find(|response| response.status == answer.status));
    let names = declared.into_iter().flat_map(|response| &response.headers).map(|header| header.name.as_str());
    for name in names.chain(["Content-Type"]) {
        if let Some(value) = answer.header(name) {
            text += &format!("{name}: {}\n", countdown(&normal.text(value)));
        }
    }
    let body = match answer.json() {
        Some(value) if values => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Some(value) => serde_json::to_string_pretty(&shape(&value)).unwrap_or_default(),
        None => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    if body.is_empty() { text } else { text + "\n" + &ended(&normal.text(&body)) }
}

/// Seconds that are left depend on the moment: `max-age=1799` is `max-age=<seconds>`.
fn countdown(value: &str) -> String {
    match value.split_once("max-age=") {
        Some((before, after)) => {
            format!("{before}max-age=<seconds>{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => value.to_owned(),
    }
}

/// The keys of a value without what they hold.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(_) => Value::from(vec!["…"]),
        _ => Value::from("…"),
    }
}

fn log(criterion: &Criterion, pattern: &str, evidence: &Evidence, normal: &mut Normal) -> Result<String, Failure> {
    let regex = Regex::new(pattern).map_err(|error| unproved(criterion, &error.to_string()))?;
    let log = evidence.service.log();
    let lines: Vec<_> = log.lines().filter(|line| regex.is_match(line)).map(|line| normal.text(line)).collect();
    if lines.is_empty() {
        return Err(unproved(criterion, &format!("no line of the service's log matches /{pattern}/")));
    }
    Ok(format!("\nThe service's log:\n\n```text\n{}\n```\n", lines.join("\n")))
}

fn listing(criterion: &Criterion, root: &Path, folder: &str) -> Result<String, Failure> {
    let entries = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let names: Vec<_> = files
        .filter_map(|file| Some(file.path().strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/")))
        .collect();
    if names.is_empty() {
        return Err(unproved(criterion, &format!("{folder} holds no file")));
    }
    Ok(format!("\nWhat is made from the contract in `{folder}`:\n\n```text\n{}\n```\n", names.join("\n")))
}

fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
