//! What is shown of a run.

use std::path::Path;

use httpfile::Location;
use regex::Regex;
use serde_json::Value;

use super::document::{Block, Exchange, Section};
use super::{Command, Criterion, Evidence, Excerpt, Normal, normal};
use crate::failure::{Failure, Problem};
use crate::prove::answer::Answer;
use crate::prove::report::title;
use crate::prove::run::Step;

/// Everything that is shown.
pub fn collect(root: &Path, criteria: &[Criterion], evidence: &Evidence) -> Result<Vec<Section>, Failure> {
    let mut collector = Collector { root, evidence, normal: normal(evidence) };
    criteria.iter().map(|criterion| collector.section(criterion)).collect()
}

struct Collector<'a> {
    root: &'a Path,
    evidence: &'a Evidence<'a>,
    normal: Normal,
}

impl Collector<'_> {
    fn section(&mut self, criterion: &Criterion) -> Result<Section, Failure> {
        let evidence = self.evidence;
        if criterion.tests.is_empty() && criterion.commands.is_empty() {
            return Err(unproved(criterion, "it names no test and no command, so that nothing was executed for it"));
        }
        let mut blocks = Vec::new();
        for test in &criterion.tests {
            let step = evidence.requests.iter().find(|step| step.sample.test_id.as_deref() == Some(test));
            let step = step.ok_or_else(|| unproved(criterion, &format!("no request has the test id {test}")))?;
            missing_value(criterion, test, step)?;
            blocks.push(Block::Exchange(exchange(evidence, step, shown_of(criterion, test), &mut self.normal)));
        }
        if let Some(pattern) = &criterion.log {
            blocks.push(log(criterion, pattern, evidence, &mut self.normal)?);
        }
        for command in &criterion.commands {
            blocks.extend(self.command(criterion, command)?);
        }
        for folder in &criterion.folders {
            blocks.push(listing(criterion, self.root, folder)?);
        }
        for excerpt in &criterion.excerpts {
            blocks.push(part(criterion, self.root, excerpt)?);
        }
        Ok(Section { title: criterion.title.clone(), blocks })
    }

    /// A command of the workspace, and what it prints.
    fn command(&mut self, criterion: &Criterion, command: &Command) -> Result<[Block; 2], Failure> {
        let printed = self.evidence.service.command(self.root, &command.run)?;
        if printed.trim().is_empty() {
            return Err(unproved(criterion, &format!("`{}` prints nothing", command.run)));
        }
        let text = ended(&self.normal.text(&printed));
        let asked = Block::code(format!("{}:", command.title), "sh", ended(command.run.trim()));
        Ok([asked, Block::code("It prints:", "text", text)])
    }
}

/// Fails when a value that is to be shown of a test is not in its answer.
fn missing_value(criterion: &Criterion, test: &str, step: &Step) -> Result<(), Failure> {
    let answer = step.answer.as_ref().ok().and_then(Answer::json).unwrap_or_default();
    let is_there = |path: &&String| path.split('.').try_fold(&answer, |value, key| value.get(key)).is_some();
    match criterion.values.get(test).into_iter().flatten().find(|path| !is_there(path)) {
        Some(path) => Err(unproved(criterion, &format!("the answer of {test} has no `{path}`"))),
        None => Ok(()),
    }
}

/// Which values of an answer are shown.
#[derive(Clone, Copy)]
enum Shown<'a> {
    All,
    /// Those at these paths.
    Only(&'a [String]),
}

fn shown_of<'c>(criterion: &'c Criterion, test: &String) -> Shown<'c> {
    match criterion.values.get(test) {
        Some(paths) => Shown::Only(paths),
        None if criterion.without_values.contains(test) => Shown::Only(&[]),
        None => Shown::All,
    }
}

fn unproved(criterion: &Criterion, why: &str) -> Failure {
    let message = format!("`{}` is not proved: {why}", criterion.title);
    let help = "change [workspace.metadata.contract.proof], or the contract";
    Failure::contract(Problem::new("no-evidence", message).help(help))
}

/// One request and its answer.
fn exchange(evidence: &Evidence, step: &Step, shown: Shown, normal: &mut Normal) -> Exchange {
    let heading = step.sample.title.clone().map_or_else(String::new, |title| format!(": {title}"));
    let test_id = step.sample.test_id.clone().unwrap_or_else(|| title(step));
    let sent = sent(step, normal);
    let came = step.answer.as_ref().map_or_else(Clone::clone, |answer| came(evidence, step, answer, shown, normal));
    let lines = step.sample.assertions.iter().map(|assertion| line(evidence, assertion.location));
    Exchange {
        heading: format!("{test_id}{heading}"),
        name: step.sample.name.clone(),
        sent,
        came,
        asserted: lines.collect(),
    }
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

fn came(evidence: &Evidence, step: &Step, answer: &Answer, shown: Shown, normal: &mut Normal) -> String {
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
        Some(value) => {
            let value = match shown {
                Shown::All => value,
                Shown::Only(paths) => shape(&value, "", paths),
            };
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
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

/// The keys of a value without what they hold, unless that stands at one of `paths`: `metrics.sessionsCreated`.
fn shape(value: &Value, path: &str, paths: &[String]) -> Value {
    if paths.iter().any(|shown| shown == path) {
        return value.clone();
    }
    match value {
        Value::Object(entries) => {
            let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            entries.iter().map(|(key, value)| (key.clone(), shape(value, &inside(key), paths))).collect()
        }
        Value::Array(_) => Value::from(vec!["…"]),
        _ => Value::from("…"),
    }
}

fn log(criterion: &Criterion, pattern: &str, evidence: &Evidence, normal: &mut Normal) -> Result<Block, Failure> {
    let regex = Regex::new(pattern).map_err(|error| unproved(criterion, &error.to_string()))?;
    let log = evidence.service.log();
    let lines: Vec<_> = log.lines().filter(|line| regex.is_match(line)).map(|line| normal.text(line)).collect();
    if lines.is_empty() {
        return Err(unproved(criterion, &format!("no line of the service's log matches /{pattern}/")));
    }
    Ok(Block::code("The service's log:", "text", ended(&lines.join("\n"))))
}

fn listing(criterion: &Criterion, root: &Path, folder: &str) -> Result<Block, Failure> {
    let entries = walkdir::WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let names: Vec<_> = files
        .filter_map(|file| Some(file.path().strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/")))
        .collect();
    if names.is_empty() {
        return Err(unproved(criterion, &format!("{folder} holds no file")));
    }
    let title = format!("What is made from the contract in `{folder}`:");
    Ok(Block::code(title, "text", ended(&names.join("\n"))))
}

/// A part of a file: from the first line that begins with a text to the next one that closes what was opened there.
fn part(criterion: &Criterion, root: &Path, excerpt: &Excerpt) -> Result<Block, Failure> {
    let Excerpt { file, from } = excerpt;
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let mut lines = text.lines().skip_while(|line| !line.trim_start().starts_with(from.as_str()));
    let first = lines.next().ok_or_else(|| unproved(criterion, &format!("no line of {file} begins with `{from}`")))?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let closes = |line: &str| line.strip_prefix(indent).is_some_and(|rest| rest.starts_with(['}', ')', ']']));
    let mut part = vec![first];
    if !first.trim_end().ends_with([';', '}']) {
        for line in lines {
            part.push(line);
            if closes(line) {
                break;
            }
        }
    }
    let part: Vec<_> = part.into_iter().map(|line| line.strip_prefix(indent).unwrap_or(line)).collect();
    let language = Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or("text");
    Ok(Block::code(format!("From `{file}`:"), language, ended(&part.join("\n"))))
}

fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
