//! The contract that is answered from, and reading it again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use httpfile::Severity;
use openapi::{Contract, Valid};
use walkdir::WalkDir;

use super::Arguments;
use super::route::Routes;
use super::rules;
use crate::emit::{EmitError, server};
use crate::failure::{Failure, Problem};
use crate::generate::input::{self, Loaded};
use crate::generate::{environment, unsupported};
use crate::{report, workspace};

/// A contract, ready to be answered from.
pub struct Served {
    /// What the request files say.
    pub contract: Valid<Contract>,
    /// The same as a generated server knows it.
    pub rules: rules::contract::Contract,
    /// Which path means what.
    pub routes: Routes,
}

/// The newest contract without a mistake.
pub struct Watched {
    arguments: Arguments,
    folder: PathBuf,
    current: PathBuf,
    latest: Mutex<Latest>,
}

struct Latest {
    served: Arc<Served>,
    stamp: Stamp,
}

/// What tells that a file has changed: its path, size and time.
type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl Watched {
    /// Reads the contract for the first time.
    ///
    /// # Errors
    /// It has mistakes, which have been reported, or cannot be read.
    pub fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let current = workspace::current_dir()?;
        let folder = match &arguments.contract {
            Some(folder) => current.join(folder),
            None => workspace::root()?.join("__http__"),
        };
        let stamp = stamp(&folder);
        let served = Arc::new(compile(arguments, &folder, &current)?);
        let latest = Mutex::new(Latest { served, stamp });
        Ok(Self { arguments: arguments.clone(), folder, current, latest })
    }

    /// The contract as it is now. One that has mistakes is reported once, and the one before stays.
    pub fn latest(&self) -> Arc<Served> {
        // Nothing that can panic is done between a change of the one field and of the other.
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if self.arguments.watch {
            let now = stamp(&self.folder);
            if now != latest.stamp {
                latest.stamp = now;
                self.reload(&mut latest);
            }
        }
        Arc::clone(&latest.served)
    }

    fn reload(&self, latest: &mut Latest) {
        match compile(&self.arguments, &self.folder, &self.current) {
            Ok(served) => {
                eprintln!("the contract has changed: {}", served.summary());
                latest.served = Arc::new(served);
            }
            Err(failure) => {
                report::problems(self.arguments.message_format, &failure.problems);
                eprintln!("the contract has changed and has mistakes; the one before is still answered from");
            }
        }
    }
}

impl Served {
    /// `Pet Shop 2.1.0, 3 operations`
    pub fn summary(&self) -> String {
        let Contract { title, version, operations, .. } = &*self.contract;
        format!("{title} {version}, {} operations", operations.len())
    }
}

fn compile(arguments: &Arguments, folder: &Path, current: &Path) -> Result<Served, Failure> {
    let Loaded { sources, diagnostics } = input::load(folder, current)?;
    let outside = environment::variables(folder, current, arguments.env.as_deref(), &arguments.variables)?;
    let compiled = openapi::compile(&sources, &outside);
    let mistakes = [diagnostics, compiled.diagnostics].concat();
    report::diagnostics(arguments.message_format, &sources, &mistakes);
    let whole = !mistakes.iter().any(|mistake| mistake.severity == Severity::Error);
    let contract = compiled.contract.filter(|_| whole).ok_or_else(Failure::reported)?;
    let data = server::contract_data(&contract.document()).map_err(|error| match error {
        EmitError::Unsupported(found) => {
            let help = "change the contract there: a generated server, whose checks the mock has, cannot express it";
            let mistakes = unsupported::diagnostics(&contract, "mock", help, &found);
            report::diagnostics(arguments.message_format, &sources, &mistakes);
            Failure::reported()
        }
        EmitError::Environment { message } => Failure::environment(Problem::new("environment", message)),
    })?;
    let routes = Routes::of(&contract);
    Ok(Served { rules: rules::contract::Contract::read(&data), routes, contract })
}

fn stamp(folder: &Path) -> Stamp {
    let files = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_map(Result::ok);
    let texts = files.filter(|entry| {
        let extension = entry.path().extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("http" | "rest" | "json"))
    });
    let stamped = texts.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some((entry.into_path(), metadata.len(), metadata.modified().ok()))
    });
    stamped.collect()
}
