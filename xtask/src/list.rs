//! `cargo xtask list`: which requests are in these files.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use httpfile::syntax::{Block, Leading, Request};
use httpfile::{Diagnostic, LineIndex, Profile, Severity, Source, Sources, Tag};
use serde::Serialize;

use crate::failure::{Failure, Problem};
use crate::generate::input::{self, Loaded};
use crate::report::{self, MessageFormat};
use crate::workspace;

/// What to list, read how, printed how.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Files, and folders of .http and .rest files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How strictly to read: a contract's mistakes are printed and give exit code 1
    #[arg(long, value_name = "PROFILE", default_value = "lenient")]
    profile: ProfileName,
    /// One line per request, for people or as JSON
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileName {
    /// Reads every real-world file
    Lenient,
    /// Reads what a contract may say
    Contract,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// One request, as the JSON format prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The path, from where the user stands.
    pub file: String,
    /// The line of the request line, from 1.
    pub line: usize,
    /// Its `@name`.
    pub name: Option<String>,
    /// In upper case.
    pub method: String,
    /// As written.
    pub url: String,
    /// The names, in order.
    pub headers: Vec<String>,
    /// The bytes of the body, without comment lines and the blank lines around it.
    pub body_len: usize,
}

/// Prints every request of the files.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Loaded { sources, diagnostics } = input::load_requests(&arguments.paths, &workspace::current_dir()?)?;
    if !diagnostics.is_empty() {
        report::diagnostics(MessageFormat::Human, &sources, &diagnostics);
        return Err(Failure::reported());
    }
    let profile = match arguments.profile {
        ProfileName::Lenient => Profile::Lenient,
        ProfileName::Contract => Profile::Contract,
    };
    let (listed, diagnostics) = requests(&sources, profile);
    let text = match arguments.format {
        Format::Table => table(&listed),
        Format::Json => json_lines(&listed)?,
    };
    // A reader such as `head` may have seen enough.
    drop(io::stdout().lock().write_all(text.as_bytes()));
    report::diagnostics(MessageFormat::Human, &sources, &diagnostics);
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if wrong && profile == Profile::Contract { Err(Failure::reported()) } else { Ok(()) }
}

/// Every request of the sources, in the order of files and lines.
#[must_use]
pub fn requests(sources: &Sources, profile: Profile) -> (Vec<Listed>, Vec<Diagnostic>) {
    let (mut listed, mut diagnostics) = (Vec::new(), Vec::new());
    for (file, source) in sources.iter() {
        let parsed = httpfile::parse(source, file, profile);
        let lines = LineIndex::new(source.text());
        let blocks = parsed.file.blocks.iter();
        listed.extend(blocks.filter_map(|block| Some(listed_request(source, &lines, block, block.request.as_ref()?))));
        diagnostics.extend(parsed.diagnostics);
    }
    (listed, diagnostics)
}

fn listed_request(source: &Source, lines: &LineIndex<'_>, block: &Block, request: &Request) -> Listed {
    Listed {
        file: source.path().to_owned(),
        line: lines.position(request.span.start).line,
        name: name(block),
        method: request.method.value.clone(),
        url: request.url.value.clone(),
        headers: request.headers.iter().map(|header| header.name.value.clone()).collect(),
        body_len: request.body.as_ref().map_or(0, |body| body.text.len()),
    }
}

/// The request's `@name`; the last one, should there be several.
fn name(block: &Block) -> Option<String> {
    block.leading.iter().rev().find_map(|leading| match leading {
        Leading::Annotation(annotation) => match &annotation.tag {
            Tag::Name(name) => Some(name.value.clone()),
            _ => None,
        },
        _ => None,
    })
}

/// One JSON object per line.
pub fn json_lines(listed: &[Listed]) -> Result<String, Failure> {
    let mut text = String::new();
    for request in listed {
        let line = serde_json::to_string(request).map_err(|error| {
            Failure::environment(Problem::new("environment", format!("cannot write JSON: {error}")))
        })?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

fn table(listed: &[Listed]) -> String {
    let rows: Vec<_> = listed
        .iter()
        .map(|r| (format!("{}:{}", r.file, r.line), r.name.as_deref().unwrap_or("-"), &r.method, &r.url))
        .collect();
    let place = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    let name = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or(0);
    rows.iter().map(|row| format!("{:<place$}  {:<name$}  {:<7} {}\n", row.0, row.1, row.2, row.3)).collect()
}
