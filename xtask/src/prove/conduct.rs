//! Conducts a run: which requests are sent in which order, and what is made of them.

use openapi::{Contract, Sample};

use super::client::Client;
use super::made::Made;
use super::outcome::{Outcome, Unwatched};
use super::rules::Rules;
use super::run::{Edges, Reader, Run, Step};
use super::selection;
use crate::failure::{Failure, Problem};

/// Everything that is sent in one run.
pub struct Programme<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// Its requests that are sent.
    pub samples: &'a [&'a Sample],
    /// What is made of them.
    pub made: &'a Made,
    /// What people know beside the contract.
    pub rules: &'a Rules,
}

impl<'a> Programme<'a> {
    /// Sends everything. A server that does not even answer the first request cannot be proved, unless it is known to be
    /// there.
    pub fn all(&self, run: &mut Run<'a>, is_there: bool) -> Result<Outcome<'a>, Failure> {
        let readers = self.readers()?;
        let mut outcome = Outcome { gaps: &self.made.gaps, excluded: self.made.excluded, ..Outcome::default() };
        for (sample, probes) in self.samples.iter().zip(&self.made.probes) {
            if !probes.is_empty() {
                let (steps, watched) = run.probe(probes, &readers);
                if !watched {
                    outcome.unwatched.push(Unwatched { operation: &sample.operation, probes: steps.len() });
                }
                outcome.probes.extend(steps);
            }
            outcome.requests.push(run.step(sample));
            if !is_there && outcome.requests.len() == 1 {
                reached(&outcome)?;
            }
        }
        for edges in self.edges() {
            let bounds = run.bounds(&edges);
            outcome.boundaries.extend(bounds.steps);
            outcome.once.extend(bounds.once.map(|reason| (edges.primary.operation.as_str(), reason)));
        }
        for (operation, reason) in &self.rules.once {
            outcome.once.push((operation.as_str(), reason.clone()));
        }
        Ok(outcome)
    }

    /// Sends everything in the same order until something is wrong, and answers what that is; nothing when all is right.
    pub fn first_failure(&self, run: &mut Run<'a>) -> Result<Option<(&'static str, Step<'a>)>, Failure> {
        let failed = |kind, steps: Vec<Step<'a>>| steps.into_iter().find(Step::failed).map(|step| (kind, step));
        let readers = self.readers()?;
        for (sample, probes) in self.samples.iter().zip(&self.made.probes) {
            let probed = if probes.is_empty() { None } else { failed("probe", run.probe(probes, &readers).0) };
            if let Some(found) = probed.or_else(|| failed("request", vec![run.step(sample)])) {
                return Ok(Some(found));
            }
        }
        Ok(self.edges().find_map(|edges| failed("boundary", run.bounds(&edges).steps)))
    }

    /// The requests that show what the server holds: those that read one resource, and those that people have named.
    fn readers(&self) -> Result<Vec<Reader<'a>>, Failure> {
        let safe = |sample: &&Sample| sample.primary && sample.request.method == "GET" && sample.expect < 300;
        let primary = self.samples.iter().copied().filter(safe).map(|sample| Ok(Reader { sample, values: None }));
        let named = self.rules.readers.iter().map(|reader| {
            let sample = self.rules.reader(self.contract, reader)?;
            Ok(Reader { sample, values: Some(&reader.values) })
        });
        primary.chain(named).collect()
    }

    /// The requests at the bounds of each operation. They are sent after everything else: they leave behind what they make.
    fn edges(&self) -> impl Iterator<Item = Edges<'a>> {
        let Self { contract, samples, made, rules } = *self;
        let of = samples.iter().zip(made.boundaries.iter().zip(&made.places));
        let of = of.filter(|(_, (edges, places))| !edges.is_empty() || !places.is_empty());
        let repeatable = of.filter(move |(sample, _)| !rules.once.contains_key(&sample.operation));
        repeatable.map(move |(sample, (edges, places))| Edges {
            setup: selection::setup(contract, sample),
            primary: sample,
            edges,
            places,
        })
    }
}

fn reached(outcome: &Outcome<'_>) -> Result<(), Failure> {
    let first = outcome.steps().find(|step| step.inexpressible.is_none());
    match first.map(|step| (&step.answer, &step.outgoing.url)) {
        Some((Err(reason), url)) if !Client::of(url).reaches(url) => {
            let problem = Problem::new("no-answer", format!("the first request cannot be sent: {reason}"));
            Err(Failure::environment(problem.help("start the server, or give its address with --base-url")))
        }
        _ => Ok(()),
    }
}
