//! What is made from the document, besides the document itself.

use std::thread;

use clap::ValueEnum;
use httpfile::Diagnostic;
use openapiv3::OpenAPI;

use super::{Compiled, unsupported};
use crate::emit::{self, EmitError};
use crate::failure::{Failure, Problem};
use crate::progress::Progress;
use crate::report::{self, MessageFormat};
use crate::{Names, Output};

/// A package that is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The Dropshot interface in `server/api`.
    Server,
    /// The client in `sdk/rust`.
    Rust,
    /// The client in `sdk/typescript`; the only one that needs Java.
    #[value(name = "typescript")]
    TypeScript,
}

/// Generators walk nested schemas recursively; the default stack of a thread is a quarter of the main one's.
const STACK_BYTES: usize = 16 * 1024 * 1024;

impl Target {
    /// Every target, in the order they are named.
    pub const ALL: [Self; 3] = [Self::Server, Self::Rust, Self::TypeScript];

    fn title(self) -> &'static str {
        match self {
            Self::Server => "server interface",
            Self::Rust => "Rust client",
            Self::TypeScript => "TypeScript client",
        }
    }

    fn emit(self, document: &OpenAPI, names: &Names) -> Result<Vec<Output>, EmitError> {
        match self {
            Self::Server => emit::server::emit(document, names),
            Self::Rust => emit::rust::emit(document, names),
            Self::TypeScript => emit::typescript::emit(document, names),
        }
    }

    /// The flag that leaves it out.
    fn skip(self) -> String {
        let value = self.to_possible_value();
        format!("--skip {}", value.as_ref().map_or("TARGET", clap::builder::PossibleValue::get_name))
    }

    fn refused(self, error: EmitError, compiled: &Compiled) -> Refused {
        match error {
            EmitError::Unsupported(found) => {
                let help = format!("change the contract there, or leave this target out with `{}`", self.skip());
                Refused::Contract(unsupported::diagnostics(&compiled.contract, self.title(), &help, &found))
            }
            EmitError::Environment { message } => {
                let problem = Problem::new("environment", format!("{}: {message}", self.title()));
                Refused::Otherwise(Failure::environment(problem))
            }
        }
    }

    fn panicked(self) -> Failure {
        let message = format!("the generator of the {} stopped unexpectedly; its own message is above", self.title());
        Failure::contract(Problem::new("generator-failed", message).help(format!(
            "nothing was written; find the operation or schema that it names, or leave this target out with `{}`",
            self.skip()
        )))
    }
}

/// Why there is nothing from a target.
enum Refused {
    /// What it cannot express.
    Contract(Vec<Diagnostic>),
    /// Something else.
    Otherwise(Failure),
}

/// Runs the generators side by side. Everything that one of them cannot express is printed, as a mistake of the contract.
pub fn emit_all(
    targets: &[Target],
    compiled: &Compiled,
    names: &Names,
    format: MessageFormat,
    progress: &Progress,
) -> Result<Vec<Output>, Failure> {
    let document = &compiled.document;
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = targets
            .iter()
            .map(|&target| {
                let work = move || {
                    let stage = progress.stage(target.title());
                    let outputs = target.emit(document, names)?;
                    stage.done();
                    Ok(outputs)
                };
                (target, thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work))
            })
            .collect();
        running.into_iter().map(|(target, thread)| finish(target, thread, compiled)).collect()
    });
    let (mut outputs, mut mistakes, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(made) => outputs.extend(made),
            Err(Refused::Contract(diagnostics)) => mistakes.extend(diagnostics),
            Err(Refused::Otherwise(failure)) => failures.push(failure),
        }
    }
    if !mistakes.is_empty() {
        report::diagnostics(format, &compiled.sources, &mistakes);
        failures.push(Failure::reported());
    }
    Failure::all(failures).map_or(Ok(outputs), Err)
}

type Running<'scope> = std::io::Result<thread::ScopedJoinHandle<'scope, Result<Vec<Output>, EmitError>>>;

fn finish(target: Target, thread: Running<'_>, compiled: &Compiled) -> Result<Vec<Output>, Refused> {
    let thread = thread.map_err(|error| {
        let problem = Problem::new("environment", format!("cannot start a thread: {error}"));
        Refused::Otherwise(Failure::environment(problem))
    })?;
    match thread.join() {
        Ok(result) => result.map_err(|error| target.refused(error, compiled)),
        Err(_) => Err(Refused::Otherwise(target.panicked())),
    }
}
