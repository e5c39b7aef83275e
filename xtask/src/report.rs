//! What went wrong, for people and for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use httpfile::render::{self, Colors};
use httpfile::{Diagnostic, Sources};
use serde_json::json;

use crate::annotations;
use crate::failure::Problem;

/// How mistakes are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// With the source lines and what to do, on standard error.
    #[default]
    Human,
    /// One line per mistake, on standard error.
    Short,
    /// One JSON object per line, on standard output.
    Json,
    /// Annotations of a GitHub workflow, on standard output.
    Github,
}

impl MessageFormat {
    /// Whether a program reads standard output.
    #[must_use]
    pub fn for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Github)
    }
}

impl std::fmt::Display for MessageFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Short => "short",
            Self::Json => "json",
            Self::Github => "github",
        })
    }
}

/// Prints mistakes in the contract, in the order of files and places.
pub fn diagnostics(format: MessageFormat, sources: &Sources, diagnostics: &[Diagnostic]) {
    let mut ordered = diagnostics.to_vec();
    ordered.sort_by_key(|diagnostic| diagnostic.primary.location);
    // Heeds NO_COLOR, and CLICOLOR_FORCE where a program shows our words in colours.
    let plain = anstream::AutoStream::choice(&io::stderr()) == anstream::ColorChoice::Never;
    let colors = if plain { Colors::Off } else { Colors::On };
    let text = match format {
        MessageFormat::Human => render::human(&ordered, sources, colors),
        MessageFormat::Short => render::short(&ordered, sources),
        MessageFormat::Json => render::json(&ordered, sources),
        MessageFormat::Github => annotations::diagnostics(&ordered, sources),
    };
    if !text.is_empty() {
        print(format, &text);
    }
}

/// Prints problems that have no place in the contract.
pub fn problems(format: MessageFormat, problems: &[Problem]) {
    for problem @ Problem { code, message, help } in problems {
        print(
            format,
            &match format {
                MessageFormat::Human => match help {
                    Some(help) => format!("error[{code}]: {message}\n  help: {help}"),
                    None => format!("error[{code}]: {message}"),
                },
                MessageFormat::Short => format!("error[{code}]: {message}"),
                MessageFormat::Json => {
                    json!({ "severity": "error", "code": code, "message": message, "help": help }).to_string()
                }
                MessageFormat::Github => annotations::problem(problem),
            },
        );
    }
}

/// Prints one file that is not as it should be.
pub fn output(format: MessageFormat, state: &str, path: &str) {
    print(
        format,
        &match format {
            MessageFormat::Human | MessageFormat::Short => format!("{state:<8} {path}"),
            MessageFormat::Json => json!({ "output": path, "state": state }).to_string(),
            MessageFormat::Github => {
                annotations::file(path, &Problem::new("stale-output", format!("{path} is {state}")))
            }
        },
    );
}

/// Prints to where the format belongs. Whoever closed the stream does not want to read on; the exit code tells the rest.
pub fn print(format: MessageFormat, text: &str) {
    let text = text.strip_suffix('\n').unwrap_or(text);
    drop(match format {
        MessageFormat::Json | MessageFormat::Github => writeln!(io::stdout().lock(), "{text}"),
        MessageFormat::Human | MessageFormat::Short => writeln!(io::stderr().lock(), "{text}"),
    });
}
