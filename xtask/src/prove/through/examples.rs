//! Requests through a client to answers that the contract shows: every declared status of every operation, whether or
//! not a service can be brought to it. Here it is known what the service answered and what arrived at it, so the client
//! is held against both.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use openapi::{Contract, Operation, Response, Sample};

use super::compare::lost;
use super::line::Headers;
use super::{Driver, Through, wire};
use crate::failure::{Failure, Problem};
use crate::mock::{Answer as Shown, Declared, Preference, Scripted};
use crate::prove::Case;
use crate::prove::answer::Answer;
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

/// Who answers with the contract's examples.
pub enum Mock {
    /// A part of this program, which shows what arrived.
    Inside(Scripted),
    /// `cargo xtask mock` as a program of its own, at this address.
    At(String),
}

impl Mock {
    /// One that is a part of this program.
    pub fn inside() -> Result<Self, Failure> {
        let fail = |error| Failure::io("bind", std::path::Path::new("127.0.0.1:0"), &error);
        Scripted::open().map(Self::Inside).map_err(fail)
    }

    /// One that runs already.
    pub fn at(url: &str) -> Self {
        Self::At(url.to_owned())
    }

    fn base_url(&self) -> &str {
        match self {
            Self::Inside(scripted) => &scripted.base_url,
            Self::At(url) => url,
        }
    }

    /// Makes sure of the answer; with the headers that the request must have for that.
    fn prepare(&self, response: &Response, key: Option<&str>, shown: &Shown) -> Headers {
        match self {
            Self::Inside(scripted) => {
                scripted.tell(shown.clone());
                Headers::new()
            }
            Self::At(_) => {
                let examples = response.content.iter().flat_map(|content| &content.examples);
                let mut keys = examples.map(|example| &example.key);
                let example = keys.find(|known| Some(known.as_str()) == key).cloned();
                let preference = Preference { code: Some(response.status.to_string()), example };
                preference.applied().map(|text| ("Prefer".to_owned(), text)).into_iter().collect()
            }
        }
    }

    /// What is wrong with what arrived. A program of its own shows only that it has understood.
    fn complaints(&self, contract: &Contract, operation: &Operation, given: &Outgoing, answer: &Answer) -> Vec<String> {
        match self {
            Self::Inside(scripted) => match &scripted.asked()[..] {
                [asked] => wire::differences(contract, operation, given, asked),
                asked => vec![format!("{} requests arrived instead of one", asked.len())],
            },
            Self::At(_) => {
                let applied = answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("preference-applied"));
                let words = "the answer does not say that `Prefer` was applied, as the mock's do";
                (!applied).then(|| words.to_owned()).into_iter().collect()
            }
        }
    }
}

/// Sends them, and judges what arrived and what the client made of the answers.
pub fn send<'a>(
    case: &Case<'a>,
    given: &BTreeMap<String, String>,
    driver: &RefCell<Driver>,
    requests: &'a [Sample],
    mock: &Mock,
) -> Result<Vec<Step<'a>>, Failure> {
    let run = Run::new(case.contract, case.current, mock.base_url(), given);
    let mut through = Through::new(case.contract, mock.base_url(), driver);
    let mut steps = Vec::new();
    for sample in requests {
        let Some((operation, response)) = declared(case.contract, sample) else { continue };
        let started = Instant::now();
        let outgoing = run.outgoing(sample).unwrap_or_else(|_| Outgoing::unsent(&sample.request));
        let key = sample.name.as_deref().and_then(|name| name.split(" answered ").next());
        let shown = shown(case.contract, (operation, response), key, &outgoing.url);
        through.additional = mock.prepare(response, key, &shown);
        let sent = through.send(sample, &outgoing);
        if steps.iter().all(|step: &Step<'_>| step.inexpressible.is_some()) {
            reached(&sent)?;
        }
        let mut messages = sent.complaints(sample);
        if let Ok(answer) = &sent.answer {
            messages.extend(lost_of(&shown.body, &answer.body));
            messages.extend(mock.complaints(case.contract, operation, &outgoing, answer));
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

/// A mock that does not even answer the first request is not there.
fn reached(sent: &Sent) -> Result<(), Failure> {
    match &sent.answer {
        Err(reason) if sent.inexpressible.is_none() => {
            let problem = Problem::new("no-answer", format!("the first request cannot be sent: {reason}"));
            Err(Failure::environment(problem.help("start `cargo xtask mock`, and give its address with --mock")))
        }
        _ => Ok(()),
    }
}

fn declared<'a>(contract: &'a Contract, sample: &Sample) -> Option<(&'a Operation, &'a Response)> {
    let operation = contract.operations.iter().find(|operation| operation.id == sample.operation)?;
    let response = operation.responses.iter().find(|response| response.status == sample.expect)?;
    Some((operation, response))
}

/// The example that goes with the request, else the first one, else what the schema asks for.
fn shown(contract: &Contract, declared: (&Operation, &Response), key: Option<&str>, url: &str) -> Shown {
    let (operation, response) = declared;
    let path = url.splitn(4, '/').nth(3).and_then(|rest| rest.split('?').next()).unwrap_or_default();
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
