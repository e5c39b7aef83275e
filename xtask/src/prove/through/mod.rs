//! Sends the requests of the contract through a generated client instead of plain HTTP.
//!
//! A client takes part as a program, generated beside it, that reads a request as one line of JSON, calls the method of
//! its operation and prints what the client made of the answer. Which programs there are is configuration.

mod compare;
mod coverage;
mod driver;
mod examples;
mod forbidden;
mod line;
mod outcome;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use openapi::{Contract, Sample};
use serde::Deserialize;

pub(super) use self::coverage::Coverage;
use self::driver::Driver;
use self::examples::Mock;
use self::line::Headers;
use super::client::Outgoing;
use super::outcome::Outcome;
use super::run::Run;
use super::sender::{Sender, Sent};
use super::{Case, Server, service};
use crate::failure::{Failure, Problem};
use crate::progress::{Progress, seconds};
use crate::report::{self, MessageFormat};
use crate::workspace;

/// One entry of `[workspace.metadata.contract.clients]`. In both commands `{root}` is the workspace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Builds the client and its program.
    build: Option<String>,
    /// Starts the program.
    start: String,
}

/// Sends everything through each of the chosen clients, to a fresh server each time.
pub fn every(case: &Case<'_>, progress: &Progress) -> Result<(), Failure> {
    let root = case.root.clone()?;
    let mut failed = false;
    for (name, settings) in chosen(&root, &case.arguments.through)? {
        failed |= one(case, progress, &root, &name, &settings)?;
    }
    if failed { Err(Failure::reported()) } else { Ok(()) }
}

/// Sends everything through one client, or what a mock can answer; whether anything is wrong.
fn one(case: &Case<'_>, progress: &Progress, root: &Path, name: &str, settings: &Settings) -> Result<bool, Failure> {
    let started = Instant::now();
    let stage = progress.stage(&format!("build the client {name}"));
    let driver = RefCell::new(Driver::start(settings, root)?);
    stage.done();
    let (server, mock) = match &case.arguments.mock {
        Some(url) => (None, Mock::at(url)),
        None => (Some(Server::of(case.arguments, Ok(root.to_owned()), progress)?), Mock::inside()?),
    };
    let given = server.as_ref().map_or_else(|| of_mock(case, root), |server| Ok(case.given(server)))?;
    let mut outcome = match &server {
        Some(server) => to_server(case, progress, server, &given, (name, &driver))?,
        None => Outcome::default(),
    };
    let requests = examples::requests(case);
    let count = requests.len();
    let stage = progress.stage(&format!("{count} requests to the contract's examples through the client {name}"));
    outcome.examples = examples::send(case, &given, &driver, &requests, &mock)?;
    stage.done();
    let coverage = Coverage::of(case.contract, &outcome, &outcome.examples);
    let junit = case.arguments.junit.as_deref().map(|path| of_client(path, name));
    case.report(&outcome, name, junit, started.elapsed())?;
    progress.line(&format!("{:>8}  {name}: {}", seconds(started.elapsed()), outcome.summary()));
    shown(case.arguments.message_format, name, &coverage, progress);
    super::report::total(case.arguments.message_format, name, &outcome, started.elapsed());
    Ok(outcome.failed() || !coverage.missing().is_empty())
}

/// Sends everything to a server through the client of that name.
fn to_server<'a>(
    case: &'a Case<'_>,
    progress: &Progress,
    server: &'a Server,
    given: &'a BTreeMap<String, String>,
    (name, driver): (&str, &'a RefCell<Driver>),
) -> Result<Outcome<'a>, Failure> {
    let url = server.base_url();
    let through = Through::new(case.contract, url, driver);
    let run = Run::new(case.contract, case.current, url, given).through(Box::new(through));
    case.send(run, progress, server.is_ours(), &format!("{url} through the client {name}"))
}

/// The values of variables where a mock answers, to which any token is good: what a service would tell is its own name.
fn of_mock(case: &Case<'_>, root: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let service: Option<service::Settings> = workspace::metadata(root, "service")?;
    let names = service.into_iter().flat_map(|service| service.variables.into_keys());
    Ok(names.map(|name| (name.clone(), name)).chain(case.outside.clone()).collect())
}

fn shown(format: MessageFormat, name: &str, coverage: &Coverage<'_>, progress: &Progress) {
    match format {
        MessageFormat::Json => {
            coverage.objects(Some(name)).iter().for_each(|object| report::print(format, &object.to_string()));
        }
        MessageFormat::Human | MessageFormat::Short => {
            coverage.lines().iter().for_each(|line| report::print(format, &format!("{name}  {line}")));
        }
        MessageFormat::Github => {}
    }
    progress.line(&format!("          {name}: {}", coverage.summary()));
    let missing = coverage.missing();
    if !missing.is_empty() {
        let message = format!("the client {name} never came to: {}", missing.join(", "));
        let help = "a status counts when a request without a finding got it; repair the findings above";
        report::problems(format, &[Problem::new("status-not-reached", message).help(help)]);
    }
}

/// `results.xml` of the client `rust` is `results-rust.xml`.
fn of_client(path: &Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{name}{extension}"))
}

/// The clients to send through, by name; `all` is every one that the workspace has.
fn chosen(root: &Path, names: &[String]) -> Result<Vec<(String, Settings)>, Failure> {
    let known: BTreeMap<String, Settings> = workspace::metadata(root, "clients")?.unwrap_or_default();
    if let Some(unknown) = names.iter().find(|name| *name != "all" && !known.contains_key(*name)) {
        let listed = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = Problem::new("unknown-client", format!("the workspace has no client `{unknown}`"));
        let help = format!("[workspace.metadata.contract.clients] has: {listed}");
        return Err(Failure::environment(problem.help(help)));
    }
    let chosen: Vec<_> =
        known.into_iter().filter(|(name, _)| names.iter().any(|chosen| chosen == "all" || chosen == name)).collect();
    Ok(chosen)
}

/// A generated client that sends requests to one server.
struct Through<'a> {
    contract: &'a Contract,
    base_url: String,
    driver: &'a RefCell<Driver>,
    /// Headers beyond the contract, which every request has.
    additional: Headers,
}

impl<'a> Through<'a> {
    /// The client behind `driver`, for the server at `base_url`.
    fn new(contract: &'a Contract, base_url: &str, driver: &'a RefCell<Driver>) -> Self {
        Self { contract, base_url: base_url.trim_end_matches('/').to_owned(), driver, additional: Headers::new() }
    }

    fn exchange(&mut self, sample: &Sample, outgoing: &Outgoing) -> Result<Sent, String> {
        let operation = self.contract.operations.iter().find(|operation| operation.id == sample.operation);
        let operation = operation.ok_or_else(|| format!("the contract has no operation {}", sample.operation))?;
        let mut request = line::Request::new(operation, outgoing);
        if operation.method != outgoing.method {
            request.untyped = Some("the client has no such method".to_owned());
        }
        if request.untyped.is_none() {
            request.untyped = forbidden::beyond(self.contract, operation, &request);
        }
        let outcome = match &request.untyped {
            Some(reason) => outcome::Outcome::Inexpressible { reason: reason.clone() },
            None => {
                let mut driver = self.driver.borrow_mut();
                let line = request.line(&self.base_url, &self.additional, driver.folder())?;
                driver.send(&line)?
            }
        };
        let mut sent = outcome.into_sent(operation);
        if sent.inexpressible.is_some() {
            sent.excuse = forbidden::reason(self.contract, operation, &request);
        }
        Ok(sent)
    }
}

impl Sender for Through<'_> {
    fn send(&mut self, sample: &Sample, outgoing: &Outgoing) -> Sent {
        self.exchange(sample, outgoing).unwrap_or_else(Sent::failed)
    }
}
