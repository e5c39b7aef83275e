//! `cargo xtask prove`: sends every request of the contract to a server and holds the answers against the contract.

mod answer;
mod arguments;
mod assertion;
mod client;
mod expectation;
mod junit;
mod report;
mod run;
mod selection;
mod service;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use httpfile::Severity;
use openapi::Sample;

pub use self::arguments::Arguments;
use self::run::{Run, Step};
use self::service::{Service, Settings};
use crate::failure::{Failure, Problem};
use crate::generate::environment;
use crate::generate::input::{self, Loaded};
use crate::progress::{Progress, seconds};
use crate::workspace;

/// Proves a server. Exit code 1 when an answer is not what the contract says, 2 when the proof could not run.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let progress = if arguments.message_format.for_programs() { Progress::quiet() } else { Progress::new() };
    let current = workspace::current_dir()?;
    let root = workspace::root();
    let folder = match &arguments.contract {
        Some(folder) => current.join(folder),
        None => root.clone()?.join("__http__"),
    };

    let stage = progress.stage("compile the contract");
    let Loaded { sources, diagnostics } = input::load(&folder, &current)?;
    let outside = environment::variables(&folder, &current, arguments.env.as_deref(), &arguments.variables)?;
    let compiled = openapi::compile(&sources, &outside);
    let mistakes = [diagnostics, compiled.diagnostics].concat();
    crate::report::diagnostics(arguments.message_format, &sources, &mistakes);
    let whole = !mistakes.iter().any(|mistake| mistake.severity == Severity::Error);
    let contract = compiled.contract.filter(|_| whole).ok_or_else(Failure::reported)?;
    let samples = selection::chosen(&contract, &arguments.only)?;
    stage.done();

    let server = Server::of(arguments, root, &progress)?;
    let given: BTreeMap<_, _> = server.variables().into_iter().chain(outside).collect();
    let stage = progress.stage(&format!("{} requests to {}", samples.len(), server.base_url()));
    let mut run = Run::new(&contract, &current, server.base_url(), &given);
    let steps = send(&mut run, samples)?;
    stage.done();

    report::steps(arguments.message_format, &sources, &steps);
    if let Some(path) = &arguments.junit {
        junit::write(&current.join(path), &sources, &steps)?;
    }
    let failed = steps.iter().filter(|step| !step.findings.is_empty()).count();
    let passed = steps.len() - failed;
    progress.line(&format!("{:>8}  total: {passed} passed, {failed} failed", seconds(started.elapsed())));
    if failed == 0 { Ok(()) } else { Err(Failure::reported()) }
}

/// Sends requests in order. A server that does not even answer the first one cannot be proved.
fn send<'a>(run: &mut Run<'a>, samples: Vec<&'a Sample>) -> Result<Vec<Step<'a>>, Failure> {
    let mut steps: Vec<Step> = Vec::new();
    for sample in samples {
        let step = run.step(sample);
        if let (true, Err(reason)) = (steps.is_empty(), &step.answer) {
            let problem = Problem::new("no-answer", format!("the first request cannot be sent: {reason}"));
            return Err(Failure::environment(problem.help("start the server, or give its address with --base-url")));
        }
        steps.push(step);
    }
    Ok(steps)
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
