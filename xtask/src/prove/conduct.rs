//! Conducts a run: which requests are sent in which order, and what is made of them.

use openapi::{Contract, Sample};

use super::made::Made;
use super::outcome::Outcome;
use super::run::{Run, Step};
use super::selection;
use crate::failure::{Failure, Problem};

/// Sends everything.
pub fn all<'a>(
    run: &mut Run<'a>,
    contract: &'a Contract,
    samples: &[&'a Sample],
    made: &'a Made,
) -> Result<Outcome<'a>, Failure> {
    let mut outcome = send(run, samples, &made.probes)?;
    outcome.excluded = made.excluded;
    bounds(run, contract, samples, &made.boundaries, &mut outcome);
    Ok(outcome)
}

/// Sends everything in the same order until something is wrong, and answers what that is; nothing when all is right.
pub fn first_failure<'a>(
    run: &mut Run<'a>,
    contract: &'a Contract,
    samples: &[&'a Sample],
    made: &'a Made,
) -> Option<(&'static str, Step<'a>)> {
    let failed = |kind, steps: Vec<Step<'a>>| steps.into_iter().find(Step::failed).map(|step| (kind, step));
    let readers = readers(samples);
    for (sample, probes) in samples.iter().zip(&made.probes) {
        let probed = failed("probe", run.probe(probes, &readers));
        if let Some(found) = probed.or_else(|| failed("request", vec![run.step(sample)])) {
            return Some(found);
        }
    }
    let edges = samples.iter().zip(&made.boundaries).filter(|(_, edges)| !edges.is_empty());
    edges.into_iter().find_map(|(sample, edges)| {
        failed("boundary", run.bounds(&selection::setup(contract, sample), sample, edges).unwrap_or_default())
    })
}

/// The requests that show what the server holds.
fn readers<'a>(samples: &[&'a Sample]) -> Vec<&'a Sample> {
    let safe = |sample: &&Sample| sample.primary && sample.request.method == "GET" && sample.expect < 300;
    samples.iter().copied().filter(safe).collect()
}

/// Sends requests in order, and before each the probes made from it: nothing of them may stay. A server that does not
/// even answer the first request cannot be proved.
fn send<'a>(run: &mut Run<'a>, samples: &[&'a Sample], probes: &'a [Vec<Sample>]) -> Result<Outcome<'a>, Failure> {
    let readers = readers(samples);
    let mut outcome = Outcome::default();
    for (sample, probes) in samples.iter().zip(probes) {
        outcome.probes.extend(run.probe(probes, &readers));
        outcome.requests.push(run.step(sample));
        let first = outcome.steps().find(|step| step.inexpressible.is_none());
        if let Some(Err(reason)) = first.filter(|_| outcome.requests.len() == 1).map(|step| &step.answer) {
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
