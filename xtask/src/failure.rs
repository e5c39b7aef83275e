//! Why a command did not do its work, and the exit code that says so.

use std::path::Path;
use std::process::ExitCode;

/// What a person, or a script, has to change before the command can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The contract has mistakes, or a generated file is not what the contract says: exit code 1.
    Contract,
    /// The machine or the command line: something is missing, not writable or not known. Exit code 2.
    Environment,
}

/// A command that did not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which exit code it gets.
    pub cause: Cause,
    /// What is still to be said; empty when everything has been reported with its place.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong and has no place in a request file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name users search for.
    pub code: &'static str,
    /// What is wrong, and where.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem that the user can do nothing in particular about.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Failure {
    /// The contract is at fault.
    #[must_use]
    pub fn contract(problem: Problem) -> Self {
        Self { cause: Cause::Contract, problems: vec![problem] }
    }

    /// The machine or the command line is at fault.
    #[must_use]
    pub fn environment(problem: Problem) -> Self {
        Self { cause: Cause::Environment, problems: vec![problem] }
    }

    /// The contract is at fault, and everything about it has been printed.
    #[must_use]
    pub fn reported() -> Self {
        Self { cause: Cause::Contract, problems: Vec::new() }
    }

    /// A file or folder could not be read or written.
    pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::environment(
            Problem::new("io", format!("cannot {action} {}: {error}", path.display()))
                .help("check that the path is right and that you may read and write there; nothing was changed"),
        )
    }

    /// One failure out of several. The contract's mistakes decide the exit code, because they can be repaired here.
    #[must_use]
    pub fn all(failures: Vec<Self>) -> Option<Self> {
        let cause =
            if failures.iter().any(|f| f.cause == Cause::Contract) { Cause::Contract } else { Cause::Environment };
        let any = !failures.is_empty();
        let problems = failures.into_iter().flat_map(|f| f.problems).collect();
        any.then_some(Self { cause, problems })
    }

    /// 1 for the contract, 2 for the environment.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self.cause {
            Cause::Contract => ExitCode::from(1),
            Cause::Environment => ExitCode::from(2),
        }
    }
}
