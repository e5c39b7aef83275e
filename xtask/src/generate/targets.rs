//! What is made from the document, besides the document itself.

use std::thread;

use clap::ValueEnum;
use openapiv3::OpenAPI;

use crate::emit::{self, EmitError};
use crate::failure::{Failure, Problem};
use crate::progress::Progress;
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

    fn failure(self, error: EmitError) -> Failure {
        match error {
            EmitError::Unsupported { .. } => {
                let problem = Problem::new("unsupported-by-target", format!("{}: {error}", self.title()));
                Failure::contract(problem.help("change the contract there, or leave this target out with --skip"))
            }
            EmitError::Environment { message } => {
                Failure::environment(Problem::new("environment", format!("{}: {message}", self.title())))
            }
        }
    }

    fn panicked(self) -> Failure {
        let message = format!("the generator of the {} stopped unexpectedly; its own message is above", self.title());
        Failure::contract(Problem::new("generator-failed", message).help(
            "nothing was written; find the operation or schema that it names, or leave this target out with --skip",
        ))
    }
}

/// Runs the generators side by side. All failures are reported, in the order of the targets.
pub fn emit_all(
    targets: &[Target],
    document: &OpenAPI,
    names: &Names,
    progress: &Progress,
) -> Result<Vec<Output>, Failure> {
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
        running.into_iter().map(|(target, thread)| finish(target, thread)).collect()
    });
    let (mut outputs, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(made) => outputs.extend(made),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures).map_or(Ok(outputs), Err)
}

type Running<'scope> = std::io::Result<thread::ScopedJoinHandle<'scope, Result<Vec<Output>, EmitError>>>;

fn finish(target: Target, thread: Running<'_>) -> Result<Vec<Output>, Failure> {
    let thread = thread.map_err(|error| {
        Failure::environment(Problem::new("environment", format!("cannot start a thread: {error}")))
    })?;
    match thread.join() {
        Ok(result) => result.map_err(|error| target.failure(error)),
        Err(_) => Err(target.panicked()),
    }
}
