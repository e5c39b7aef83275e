//! Which requests of a contract are sent.

use std::cell::RefCell;
use std::collections::BTreeSet;

use openapi::{Contract, Sample};
use serde_json::Value;

use super::assertion::operands;
use crate::failure::{Failure, Problem};

/// The requests to send, in order: all of them unless some are named. With a named one go the earlier ones that it
/// shares captured values with, because what they did to the server is what it relies on.
pub fn chosen<'c>(contract: &'c Contract, only: &[String]) -> Result<Vec<&'c Sample>, Failure> {
    let is = |sample: &Sample, name: &String| [&sample.test_id, &sample.name].into_iter().flatten().any(|n| n == name);
    if let Some(unknown) = only.iter().find(|name| !contract.samples.iter().any(|sample| is(sample, name))) {
        let known: Vec<_> = contract.samples.iter().filter_map(Sample::key).collect();
        let problem = Problem::new("unknown-request", format!("no request is called `{unknown}`"));
        return Err(Failure::environment(problem.help(format!("the requests are: {}", known.join(", ")))));
    }
    let named = |sample: &Sample| only.is_empty() || only.iter().any(|name| is(sample, name));
    let mut wanted: BTreeSet<usize> = (0..contract.samples.len()).filter(|at| named(&contract.samples[*at])).collect();
    if !only.is_empty() {
        complete(&mut wanted, &contract.samples);
    }
    Ok(wanted.into_iter().map(|at| &contract.samples[at]).collect())
}

/// The requests that bring a server to where `sample` can be sent: the earlier ones that succeed and change something, of
/// those that it shares captured values with.
pub fn setup<'c>(contract: &'c Contract, sample: &Sample) -> Vec<&'c Sample> {
    let Some(at) = contract.samples.iter().position(|other| other.location == sample.location) else {
        return Vec::new();
    };
    let mut wanted = BTreeSet::from([at]);
    complete(&mut wanted, &contract.samples);
    let earlier = wanted.into_iter().filter(|other| *other < at).map(|other| &contract.samples[other]);
    earlier.filter(|other| (200..300).contains(&other.expect) && other.request.method != "GET").collect()
}

/// Adds what the wanted requests rely on, from the last to the first.
fn complete(wanted: &mut BTreeSet<usize>, samples: &[Sample]) {
    let uses: Vec<_> = samples.iter().map(variables).collect();
    for at in (0..samples.len()).rev().filter(|at| *at > 0) {
        if !wanted.contains(&at) {
            continue;
        }
        for name in &uses[at] {
            let source = (0..at).rev().find(|earlier| captures(&samples[*earlier], name));
            let Some(source) = source else { continue };
            wanted.insert(source);
            wanted.extend((source + 1..at).filter(|between| uses[*between].contains(name)));
        }
    }
}

fn captures(sample: &Sample, name: &str) -> bool {
    sample.captures.iter().any(|capture| capture.variable.value == name)
}

/// The variables that a request or its assertions use.
pub(super) fn variables(sample: &Sample) -> BTreeSet<String> {
    let found = RefCell::new(BTreeSet::new());
    let note = |name: &str| {
        found.borrow_mut().insert(name.to_owned());
        None
    };
    let _ = sample.resolved(note);
    for assertion in &sample.assertions {
        for text in operands(&assertion.predicate).into_iter().filter_map(Value::as_str) {
            let _ = sample.resolved_text(text, note);
        }
    }
    found.into_inner()
}
