//! `cargo xtask prove`: sends every request of the contract to a server and holds the answers against the contract.

mod answer;
mod arguments;
mod assertion;
pub(crate) mod client;
mod expectation;
mod junit;
mod made;
mod outcome;
pub mod probes;
mod proof;
mod report;
mod run;
mod selection;
pub(crate) mod service;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use httpfile::Severity;
use openapi::{Contract, Sample};

pub use self::arguments::Arguments;
use self::made::Made;
use self::outcome::Outcome;
use self::proof::Evidence;
use self::run::Run;
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
    let mut outcome = send(&mut run, &samples, &made.probes)?;
    outcome.excluded = made.excluded;
    bounds(&mut run, &contract, &samples, &made.boundaries, &mut outcome);
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

/// Sends requests in order, and before each the probes made from it: nothing of them may stay. A server that does not
/// even answer the first request cannot be proved.
fn send<'a>(run: &mut Run<'a>, samples: &[&'a Sample], probes: &'a [Vec<Sample>]) -> Result<Outcome<'a>, Failure> {
    let safe = |sample: &&Sample| sample.primary && sample.request.method == "GET" && sample.expect < 300;
    let readers: Vec<_> = samples.iter().copied().filter(safe).collect();
    let mut outcome = Outcome::default();
    for (sample, probes) in samples.iter().zip(probes) {
        outcome.probes.extend(run.probe(probes, &readers));
        outcome.requests.push(run.step(sample));
        let first = outcome.probes.first().or(outcome.requests.first()).filter(|_| outcome.requests.len() == 1);
        if let Some(Err(reason)) = first.map(|step| &step.answer) {
            let problem = Problem::new("no-answer", format!("the first request cannot be sent: {reason}"));
            return Err(Failure::environment(problem.help("start the server, or give its address with --base-url")));
        }
    }
    Ok(outcome)
}

/// Sends the requests at the bounds of each operation, after everything else: they leave behind what they make.
fn bounds<'a>(
    run: &mut Run<'a>,
    contract: &'a Contract,
    samples: &[&'a Sample],
    boundaries: &'a [Vec<Sample>],
    outcome: &mut Outcome<'a>,
) {
    for (sample, edges) in samples.iter().zip(boundaries).filter(|(_, edges)| !edges.is_empty()) {
        match run.bounds(&selection::setup(contract, sample), sample, edges) {
            Some(steps) => outcome.boundaries.extend(steps),
            None => outcome.unrepeatable.push(&sample.operation),
        }
    }
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
