//! `cargo xtask prove`: sends every request of the contract to a server and holds the answers against the contract.

mod answer;
mod arguments;
mod assertion;
mod client;
mod conduct;
mod expectation;
mod junit;
mod made;
mod mutants;
mod outcome;
pub mod probes;
mod proof;
mod report;
mod run;
mod selection;
mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use httpfile::{Severity, Sources};
use openapi::{Contract, Valid};

pub use self::arguments::Arguments;
use self::made::Made;
use self::proof::Evidence;
use self::run::Run;
use self::service::{Service, Settings};
use crate::failure::Failure;
use crate::generate::environment;
use crate::generate::input::{self, Loaded};
use crate::progress::{Progress, seconds};
use crate::workspace;

/// Proves a server, or how much a proof finds. Exit code 1 when an answer is not what the contract says, 2 when the proof
/// could not run.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.mutants { mutants::run(arguments) } else { prove(arguments) }
}

fn prove(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let progress = if arguments.message_format.for_programs() { Progress::quiet() } else { Progress::new() };
    let current = workspace::current_dir()?;
    let root = workspace::root();
    let stage = progress.stage("compile the contract");
    let Compiled { sources, contract, outside } = compiled(arguments, &current)?;
    let samples = selection::chosen(&contract, &arguments.only)?;
    stage.done();

    let server = Server::of(arguments, root.clone(), &progress)?;
    let given: BTreeMap<_, _> = server.variables().into_iter().chain(outside).collect();
    let made = Made::of(&contract, &samples, arguments)?;
    let stage = progress.stage(&format!(
        "{} requests and {} made from them to {}",
        samples.len(),
        made.count(),
        server.base_url()
    ));
    let mut run = Run::new(&contract, &current, server.base_url(), &given);
    let outcome = conduct::all(&mut run, &contract, &samples, &made)?;
    stage.done();

    report::outcome(arguments.message_format, &sources, &outcome);
    if let Some(path) = &arguments.junit {
        junit::write(&current.join(path), &sources, &outcome)?;
    }
    progress.line(&format!("{:>8}  total: {}", seconds(started.elapsed()), outcome.summary()));
    if outcome.failed() {
        return Err(Failure::reported());
    }
    match &server {
        Server::Started(service) if arguments.is_whole() => {
            let evidence = Evidence { sources: &sources, contract: &contract, requests: &outcome.requests, service };
            proof::keep(&root?, &evidence, arguments.write_proof)
        }
        _ => Ok(()),
    }
}

/// A contract without mistakes, where it stands, and the variables that are given from outside.
struct Compiled {
    sources: Sources,
    contract: Valid<Contract>,
    outside: BTreeMap<String, String>,
}

fn compiled(arguments: &Arguments, current: &Path) -> Result<Compiled, Failure> {
    let folder = match &arguments.contract {
        Some(folder) => current.join(folder),
        None => workspace::root()?.join("__http__"),
    };
    let Loaded { sources, diagnostics } = input::load(&folder, current)?;
    let outside = environment::variables(&folder, current, arguments.env.as_deref(), &arguments.variables)?;
    let compiled = openapi::compile(&sources, &outside);
    let mistakes = [diagnostics, compiled.diagnostics].concat();
    crate::report::diagnostics(arguments.message_format, &sources, &mistakes);
    let whole = !mistakes.iter().any(|mistake| mistake.severity == Severity::Error);
    let contract = compiled.contract.filter(|_| whole).ok_or_else(Failure::reported)?;
    Ok(Compiled { sources, contract, outside })
}

/// The server to prove: one that runs, or one that is started for it.
enum Server {
    Running(String),
    Started(Box<Service>),
}

impl Server {
    fn of(arguments: &Arguments, root: Result<PathBuf, Failure>, progress: &Progress) -> Result<Self, Failure> {
        if let Some(url) = &arguments.base_url {
            return Ok(Self::Running(url.clone()));
        }
        let root = root?;
        let stage = progress.stage("build and start the service");
        let service = Service::start(&Settings::of_workspace(&root)?, &root)?;
        stage.done();
        Ok(Self::Started(Box::new(service)))
    }

    fn base_url(&self) -> &str {
        match self {
            Self::Running(url) => url,
            Self::Started(service) => &service.base_url,
        }
    }

    fn variables(&self) -> BTreeMap<String, String> {
        match self {
            Self::Running(_) => BTreeMap::new(),
            Self::Started(service) => service.variables.clone(),
        }
    }
}
