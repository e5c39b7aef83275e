//! The proof document: for each criterion of the workspace the requests that were sent for it and what came back.
//!
//! Which criteria there are is configuration; what is shown is what this run saw, without what differs from run to run.

mod document;
mod evidence;
mod html;
mod markdown;
mod normal;

use std::collections::BTreeMap;
use std::path::Path;

use httpfile::Sources;
use openapi::Contract;
use serde::Deserialize;

use self::normal::Normal;
use super::run::Step;
use super::service::Service;
use crate::failure::{Failure, Problem};
use crate::workspace;

/// `[workspace.metadata.contract.proof]` of the root `Cargo.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the document is, from the workspace.
    path: String,
    /// Where the same is as a page for browsers; none where nobody wants one.
    html: Option<String>,
    /// What it proves, in order.
    criterion: Vec<Criterion>,
}

/// One thing to prove, with its evidence. A criterion for which nothing was executed fails.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its heading.
    title: String,
    /// Test ids of the requests that show it.
    #[serde(default)]
    tests: Vec<String>,
    /// Those of them whose answers depend on the moment: their values are left out.
    #[serde(default)]
    without_values: Vec<String>,
    /// Of some tests the paths of the values that are the same in every run, such as `metrics.sessionsCreated`; the others are
    /// left out.
    #[serde(default)]
    values: BTreeMap<String, Vec<String>>,
    /// A regular expression; the lines of the service's log that it matches are shown.
    log: Option<String>,
    /// Commands whose output is shown, run after all requests while the service runs.
    #[serde(default)]
    commands: Vec<Command>,
    /// Folders whose files are listed.
    #[serde(default)]
    folders: Vec<String>,
    /// Parts of files that are shown.
    #[serde(default)]
    excerpts: Vec<Excerpt>,
}

/// A command, with the placeholders of `[workspace.metadata.contract.service]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What it shows.
    title: String,
    /// The command line.
    run: String,
}

/// A part of a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excerpt {
    /// The file, from the workspace.
    file: String,
    /// What its first line begins with.
    from: String,
}

/// What a run saw.
pub struct Evidence<'a> {
    /// The contract's files.
    pub sources: &'a Sources,
    /// The contract.
    pub contract: &'a Contract,
    /// Its requests, with their answers.
    pub requests: &'a [Step<'a>],
    /// The service that answered.
    pub service: &'a Service,
}

/// Writes the document, or fails where it is not what this run saw. A workspace without criteria has no document.
pub fn keep(root: &Path, evidence: &Evidence, write: bool) -> Result<(), Failure> {
    let Some(settings) = workspace::metadata::<Settings>(root, "proof")? else { return Ok(()) };
    let sections = evidence::collect(root, &settings.criterion, evidence)?;
    let page = settings.html.iter().map(|path| (path, html::page(&evidence.contract.title, &sections)));
    let files = [(&settings.path, markdown::page(&sections))].into_iter().chain(page);
    let failures = files.filter_map(|(path, text)| keep_file(root, path, &text, write).err());
    Failure::all(failures.collect()).map_or(Ok(()), Err)
}

fn keep_file(root: &Path, shown: &str, text: &str, write: bool) -> Result<(), Failure> {
    let path = root.join(shown);
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there == text {
        return Ok(());
    }
    if write {
        return std::fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error));
    }
    let differs =
        there.lines().zip(text.lines()).position(|(a, b)| a != b).unwrap_or_else(|| there.lines().count()) + 1;
    let message = format!("{shown} is not what this run saw, from line {differs}");
    Err(Failure::contract(Problem::new("stale-output", message).help("run `cargo xtask prove --write-proof`")))
}

/// What replaces values that differ from run to run.
fn normal(evidence: &Evidence) -> Normal {
    let known = evidence.sources.iter().map(|(_, source)| source.text()).collect();
    let folder = evidence.service.folder().to_string_lossy().into_owned();
    Normal::new(known, vec![(folder, "{data}".to_owned()), (evidence.service.base_url.clone(), String::new())])
}
