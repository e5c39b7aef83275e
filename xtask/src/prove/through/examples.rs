//! Requests through a client to answers that the contract shows: every declared status of every operation, whether or
//! not a service can be brought to it. Here it is known what the service answered and what arrived at it, so the client
//! is held against both.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use openapi::{Contract, Operation, Response, Sample};

use super::compare::lost;
use super::{Driver, Through, wire};
use crate::failure::Failure;
use crate::mock::{Declared, Scripted};
use crate::prove::Case;
use crate::prove::client::Outgoing;
use crate::prove::expectation::{Finding, judge};
use crate::prove::run::{Run, Step};
use crate::prove::sender::{Sender, Sent};

/// The requests to send: for each declared status those that expect it, and the operation's own; and those at its bounds.
pub fn requests(case: &Case<'_>) -> Vec<Sample> {
    let mut requests = Vec::new();
    for operation in &case.contract.operations {
        let of = || case.samples.iter().copied().filter(|sample| sample.operation == operation.id);
        if of().next().is_none() {
            continue;
        }
        let primary = case.contract.samples.iter().find(|sample| sample.primary && sample.operation == operation.id);
        for response in &operation.responses {
            let own = of().filter(|sample| sample.expect == response.status && !sample.primary);
            requests.extend(primary.into_iter().chain(own).map(|sample| answered(sample, response)));
        }
        // Requests at the bounds give every parameter a value, which no server may show to have arrived.
        let edges = case.made.boundaries.iter().flatten().filter(|sample| sample.operation == operation.id);
        let success = |sample: &&Sample| operation.responses.iter().find(|response| response.status == sample.expect);
        requests.extend(edges.filter_map(|sample| Some(answered(sample, success(&sample)?))));
    }
    requests
}

/// The same request, for a status that is certain to come.
fn answered(sample: &Sample, response: &Response) -> Sample {
    let key = sample.key().unwrap_or(&sample.operation);
    Sample {
        name: Some(format!("{key} answered {}", response.status)),
        test_id: None,
        expect: response.status,
        assertions: Vec::new(),
        captures: Vec::new(),
        ..sample.clone()
    }
}

/// Sends them, and judges what arrived and what the client made of the answers.
pub fn send<'a>(
    case: &Case<'a>,
    given: &BTreeMap<String, String>,
    driver: &RefCell<Driver>,
    requests: &'a [Sample],
) -> Result<Vec<Step<'a>>, Failure> {
    let scripted =
        Scripted::open().map_err(|error| Failure::io("bind", std::path::Path::new("127.0.0.1:0"), &error))?;
    let run = Run::new(case.contract, case.current, &scripted.base_url, given);
    let mut through = Through::new(case.contract, &scripted.base_url, driver);
    let mut steps = Vec::new();
    for sample in requests {
        let Some((operation, response)) = declared(case.contract, sample) else { continue };
        let started = Instant::now();
        let outgoing = run.outgoing(sample).unwrap_or_else(|_| Outgoing::unsent(&sample.request));
        let shown = shown(case.contract, operation, response, sample, &outgoing);
        scripted.tell(shown.clone());
        let sent = through.send(sample, &outgoing);
        let mut messages = sent.complaints(sample);
        if let Ok(answer) = &sent.answer {
            messages.extend(lost_of(&shown.body, &answer.body));
            match &scripted.asked()[..] {
                [asked] => messages.extend(wire::differences(case.contract, operation, &outgoing, asked)),
                asked => messages.push(format!("{} requests arrived instead of one", asked.len())),
            }
        }
        let mut findings: Vec<_> =
            messages.into_iter().map(|message| Finding { message, location: sample.location }).collect();
        if let Ok(answer) = &sent.answer {
            findings.extend(judge(case.contract, sample, answer, str::to_owned));
        }
        let Sent { answer, inexpressible, .. } = sent;
        steps.push(Step { sample, outgoing, answer, inexpressible, findings, took: started.elapsed() });
    }
    Ok(steps)
}

fn declared<'a>(contract: &'a Contract, sample: &Sample) -> Option<(&'a Operation, &'a Response)> {
    let operation = contract.operations.iter().find(|operation| operation.id == sample.operation)?;
    let response = operation.responses.iter().find(|response| response.status == sample.expect)?;
    Some((operation, response))
}

/// The example that goes with the request, else the first one, else what the schema asks for.
fn shown(
    contract: &Contract,
    operation: &Operation,
    response: &Response,
    sample: &Sample,
    outgoing: &Outgoing,
) -> crate::mock::Answer {
    let key = sample.name.as_deref().and_then(|name| name.split(" answered ").next());
    let path = outgoing.url.splitn(4, '/').nth(3).and_then(|rest| rest.split('?').next()).unwrap_or_default();
    Declared { contract, operation, path: &format!("/{path}") }.answer(response, key)
}

/// What the client lost of a JSON body.
fn lost_of(shown: &[u8], answer: &[u8]) -> Option<String> {
    let shown = serde_json::from_slice(shown).ok()?;
    let place = match serde_json::from_slice(answer) {
        Ok(answer) => lost(&shown, &answer)?,
        Err(_) => "$".to_owned(),
    };
    Some(format!("the client's value differs from the answer at {place}"))
}
