//! `cargo xtask prove`: sends every request of the contract to a server and holds the answers against the contract.

mod answer;
mod arguments;
mod assertion;
pub(crate) mod client;
mod conduct;
mod curl;
mod drift;
mod expectation;
mod interrupt;
mod invariants;
mod junit;
mod made;
mod mutants;
mod outcome;
pub mod probes;
mod proof;
mod report;
pub mod rules;
mod run;
mod running;
pub(crate) mod schemathesis;
mod selection;
mod sender;
pub(crate) mod service;
mod step_summary;
mod through;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use httpfile::{Severity, Sources};
use openapi::{Contract, Sample, Valid, Variables};

pub use self::arguments::Arguments;
use self::conduct::Programme;
use self::made::Made;
use self::outcome::Outcome;
use self::proof::Evidence;
use self::rules::Rules;
use self::run::Run;
use self::service::{Service, Settings};
use self::through::Coverage;
use crate::failure::{Failure, Problem};
use crate::generate::environment;
use crate::generate::input::{self, Loaded};
use crate::progress::{Progress, seconds};
use crate::report::MessageFormat;
use crate::workspace;

/// Proves a server, or how much a proof finds. Exit code 1 when an answer is not what the contract says, 2 when the proof
/// could not run.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::heeding(|| if arguments.mutants { mutants::run(arguments) } else { prove(arguments) })
}

fn prove(arguments: &Arguments) -> Result<(), Failure> {
    let progress = if arguments.message_format.for_programs() { Progress::quiet() } else { Progress::new() };
    let current = workspace::current_dir()?;
    let root = workspace::root();
    let stage = progress.stage("compile the contract");
    let Compiled { sources, contract, outside } = compiled(arguments, &current)?;
    let samples = selection::chosen(&contract, &arguments.only)?;
    let rules = Rules::of(arguments, &current, &contract, &outside)?;
    let made = Made::of(&contract, &samples, arguments, &rules, &current)?;
    stage.done();

    let (current, sources, contract) = (current.as_path(), &sources, &*contract);
    let case = Case { arguments, root, current, sources, contract, samples, rules, made, outside };
    if arguments.through.is_empty() { case.as_it_is(&progress) } else { through::every(&case, &progress) }
}

/// What is proved, whatever the requests are sent with.
struct Case<'a> {
    arguments: &'a Arguments,
    root: Result<PathBuf, Failure>,
    current: &'a Path,
    sources: &'a Sources,
    contract: &'a Contract,
    samples: Vec<&'a Sample>,
    rules: Rules,
    made: Made,
    outside: Variables,
}

/// What plain HTTP is called beside the clients.
const PLAIN: &str = "prove";

impl Case<'_> {
    /// Sends the requests as they are written.
    fn as_it_is(&self, progress: &Progress) -> Result<(), Failure> {
        let started = Instant::now();
        let server = Server::of(self.arguments, self.root.clone(), progress)?;
        let given = self.given(&server);
        let run = Run::new(self.contract, self.current, server.base_url(), &given);
        let mut outcome = self.send(run, progress, server.is_ours(), server.base_url())?;
        let format = self.arguments.message_format;
        outcome.broken = self.broken(&server, &outcome)?;
        self.report(&outcome, PLAIN, self.arguments.junit.clone(), started.elapsed())?;
        let coverage = Coverage::of(self.contract, &outcome, &[]);
        if format == MessageFormat::Json {
            coverage.objects(None).iter().for_each(|object| crate::report::print(format, &object.to_string()));
        }
        coverage.plain_lines().iter().for_each(|line| progress.line(&format!("          {line}")));
        crate::report::problems(format, &outcome.broken);
        report::total(format, PLAIN, &outcome, started.elapsed());
        progress.line(&format!("{:>8}  total: {}", seconds(started.elapsed()), outcome.summary()));
        if outcome.failed() {
            return Err(Failure::reported());
        }
        match &server {
            Server::Started(service) if self.arguments.is_whole() => {
                let (sources, contract) = (self.sources, self.contract);
                let evidence = Evidence { sources, contract, requests: &outcome.requests, service };
                proof::keep(&self.root.clone()?, &evidence, self.arguments.write_proof)
            }
            _ => Ok(()),
        }
    }

    /// What is wrong beside the answers of a service that was started for this run: it has ended, or what must be true at the
    /// end of a whole run is not.
    fn broken(&self, server: &Server, outcome: &Outcome<'_>) -> Result<Vec<Problem>, Failure> {
        let Server::Started(service) = server else { return Ok(Vec::new()) };
        if let Some(ended) = service.ended() {
            return Ok(vec![ended]);
        }
        if !self.arguments.is_whole() || outcome.failed() {
            return Ok(Vec::new());
        }
        invariants::broken(&self.rules.invariants, service, &self.root.clone()?)
    }

    /// The values of variables: those of the server, then those from outside.
    fn given(&self, server: &Server) -> BTreeMap<String, String> {
        server.variables().into_iter().chain(self.outside.clone()).collect()
    }

    /// Sends everything.
    fn send<'a>(
        &'a self,
        mut run: Run<'a>,
        progress: &Progress,
        is_ours: bool,
        to: &str,
    ) -> Result<Outcome<'a>, Failure> {
        let (samples, made) = (&self.samples, &self.made);
        let stage = progress.stage(&format!("{} requests and {} made from them to {to}", samples.len(), made.count()));
        let programme = Programme { contract: self.contract, samples, made, rules: &self.rules };
        let outcome = programme.all(&mut run, is_ours)?;
        stage.done();
        Ok(outcome)
    }

    fn report(&self, outcome: &Outcome<'_>, name: &str, junit: Option<PathBuf>, took: Duration) -> Result<(), Failure> {
        interrupt::hold();
        let format = self.arguments.message_format;
        report::outcome(format, self.sources, outcome);
        step_summary::add(self.sources, outcome, name, took)?;
        junit.map_or(Ok(()), |path| junit::write(&self.current.join(path), self.sources, outcome, took))
    }
}

/// A contract without mistakes, where it stands, and the variables that are given from outside.
struct Compiled {
    sources: Sources,
    contract: Valid<Contract>,
    outside: Variables,
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

    /// Whether it was started for this run, and has been ready.
    fn is_ours(&self) -> bool {
        matches!(self, Self::Started(_))
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
