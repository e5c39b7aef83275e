//! One service with one fault, or with none, and what a proof finds in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openapi::{Contract, Sample};

use super::Fault;
use super::template::Template;
use crate::failure::Failure;
use crate::prove::conduct;
use crate::prove::made::Made;
use crate::prove::report::title;
use crate::prove::run::{Run, Step};
use crate::prove::service::{Service, Settings};

/// Everything that the trials share.
pub struct Laboratory<'a> {
    pub contract: &'a Contract,
    pub samples: &'a [&'a Sample],
    pub made: &'a Made,
    pub outside: &'a BTreeMap<String, String>,
    pub from: &'a Path,
    pub root: &'a Path,
    pub service: &'a Settings,
    pub variable: &'a str,
    pub template: &'a Template,
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
    /// `request`, `probe` or `boundary`.
    pub kind: &'static str,
    /// The test id and the name of the request.
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
        let given = service.variables.iter().chain(self.outside).map(|(k, v)| (k.clone(), v.clone())).collect();
        let started = Instant::now();
        let mut run = Run::new(self.contract, self.from, &service.base_url, &given);
        let found = conduct::first_failure(&mut run, self.contract, self.samples, self.made);
        Ok(Trial { found: found.map(|(kind, step)| caught(kind, &step)), took: started.elapsed() })
    }
}

fn caught(kind: &'static str, step: &Step) -> Catch {
    let message = step.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
    Catch { kind, title: title(step), message }
}
