//! One service with one fault, or with none, and what a proof finds in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openapi::{Contract, Sample};

use super::Fault;
use super::template::Template;
use crate::failure::{Failure, Problem};
use crate::prove::conduct::Programme;
use crate::prove::invariants;
use crate::prove::made::Made;
use crate::prove::report::title;
use crate::prove::rules::Rules;
use crate::prove::run::{Run, Step};
use crate::prove::schemathesis::{self, SecondOpinion};
use crate::prove::service::{Service, Settings};

/// Everything that the trials share.
pub struct Laboratory<'a> {
    pub contract: &'a Contract,
    pub samples: &'a [&'a Sample],
    pub made: &'a Made,
    pub rules: &'a Rules,
    /// Whether everything is sent, so that what must be true at the end can be.
    pub is_whole: bool,
    pub outside: &'a BTreeMap<String, String>,
    pub from: &'a Path,
    pub root: &'a Path,
    pub service: &'a Settings,
    pub variable: &'a str,
    pub template: &'a Template,
    /// Who judges instead of us, and for how long.
    pub other: Option<(SecondOpinion, Duration)>,
}

/// What became of one service.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was found first; nothing when all was as the contract says.
    pub found: Option<Catch>,
    /// How long the service was asked, without its start and stop.
    pub took: Duration,
}

/// The first thing that was wrong.
#[derive(Clone, Debug)]
pub struct Catch {
    /// `request`, `probe`, `boundary` or `invariant`; else who found it.
    pub kind: &'static str,
    /// The test id and the name of the request, or what is no longer true.
    pub title: String,
    /// What was expected, and what came.
    pub message: String,
}

impl Laboratory<'_> {
    /// Starts a service on data of its own and asks it until something is wrong.
    pub fn attempt(&self, fault: Option<&Fault>) -> Result<Trial, Failure> {
        let data = Arc::new(self.template.copy()?);
        let environment: Vec<_> = fault.iter().map(|fault| (self.variable, fault.name.as_str())).collect();
        let service = Service::start_on(self.service, self.root, data, &environment)?;
        let started = Instant::now();
        let found = match &self.other {
            Some((opinion, time)) => opinion.judge(&service, *time, true)?.map(|report| Catch::of_report(&report)),
            None => self.prove(&service)?,
        };
        Ok(Trial { found, took: started.elapsed() })
    }

    fn prove(&self, service: &Service) -> Result<Option<Catch>, Failure> {
        let given = service.variables.iter().chain(self.outside).map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut run = Run::new(self.contract, self.from, &service.base_url, &given);
        let Self { contract, samples, made, rules, .. } = *self;
        if let Some((kind, step)) = (Programme { contract, samples, made, rules }).first_failure(&mut run)? {
            return Ok(Some(Catch::of_step(kind, &step)));
        }
        if !self.is_whole {
            return Ok(None);
        }
        let broken = invariants::broken(&rules.invariants, service, self.root)?;
        Ok(broken.into_iter().next().map(|problem| Catch::of_problem(&problem)))
    }
}

impl Catch {
    fn of_step(kind: &'static str, step: &Step) -> Self {
        let message = step.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
        Self { kind, title: title(step), message }
    }

    fn of_problem(problem: &Problem) -> Self {
        let (title, message) = problem.message.split_once(": ").unwrap_or((&problem.message, ""));
        Self { kind: "invariant", title: title.to_owned(), message: message.to_owned() }
    }

    fn of_report(report: &str) -> Self {
        Self { kind: "Schemathesis", title: "failure".to_owned(), message: schemathesis::first_failure(report) }
    }
}
