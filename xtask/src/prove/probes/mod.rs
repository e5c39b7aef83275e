//! Requests that break the contract in exactly one thing, each with the error it must get, and requests that only just
//! keep it. All of them are made from the contract.
//!
//! The primary request of each operation is valid; every probe is that request with one change. The order is that of the
//! contract: operations, then access, parameters and the body from its root to its leaves. What nothing can be made of is
//! told as a gap.

mod access;
mod body;
mod lengths;
mod lists;
mod parameters;
pub(super) mod place;
mod template;
mod texts;
mod values;

use httpfile::Location;
use openapi::{Contract, Operation, Request, Sample, Schema};
use serde_json::Value;

pub(crate) use self::values::plausible;
use self::values::{Variant, broken, edges};
use super::rules::Rules;

/// Makes requests from the primary ones of a contract.
pub struct Maker<'c> {
    /// The contract.
    pub contract: &'c Contract,
    /// What people know beside it.
    pub rules: &'c Rules,
}

/// What is made from one request.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Nobody had to write them: the name of each says what is special about it, its location is where the constraint stands.
    pub requests: Vec<Sample>,
    /// Constraints that nothing could be made of.
    pub gaps: Vec<Gap>,
}

/// A constraint without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What the request would be called.
    pub name: String,
    /// Why there is none.
    pub reason: String,
    /// Where the constraint stands.
    pub location: Location,
}

impl Maker<'_> {
    /// Every request of one operation that breaks one constraint.
    #[must_use]
    pub fn probes(&self, primary: &Sample) -> Found {
        self.made(primary, Aim::Refused)
    }

    /// Every request of one operation that is at a bound of one constraint and must be taken.
    #[must_use]
    pub fn boundaries(&self, primary: &Sample) -> Found {
        self.made(primary, Aim::Taken)
    }

    /// Every request of one operation to a path that is at a bound. What is there, if anything, the contract does not say;
    /// that the path is allowed, it does.
    #[must_use]
    pub fn places(&self, primary: &Sample) -> Found {
        self.made(primary, Aim::Understood)
    }

    fn made(&self, primary: &Sample, aim: Aim) -> Found {
        let operation = self.contract.operations.iter().find(|operation| operation.id == primary.operation);
        let Some(operation) = operation.filter(|_| primary.primary && (200..300).contains(&primary.expect)) else {
            return Found::default();
        };
        let (contract, rules) = (self.contract, self.rules);
        let mut probes = Probes { contract, rules, operation, primary, aim, found: Found::default() };
        if aim == Aim::Refused {
            probes.access();
            probes.method();
        }
        operation.parameters.iter().for_each(|parameter| probes.parameter(parameter));
        if aim != Aim::Understood {
            probes.query();
            probes.body();
        }
        probes.found
    }
}

/// What a request is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Refused,
    Taken,
    Understood,
}

/// The requests of one operation while they are made.
struct Probes<'c> {
    contract: &'c Contract,
    rules: &'c Rules,
    operation: &'c Operation,
    primary: &'c Sample,
    aim: Aim,
    found: Found,
}

impl Probes<'_> {
    fn declares(&self, status: u16) -> bool {
        self.operation.responses.iter().any(|response| response.status == status)
    }

    /// The status of a request with another value: the primary's own, or that of values that are not allowed.
    fn verdict(&self) -> Option<u16> {
        match self.aim {
            Aim::Taken | Aim::Understood => Some(self.primary.expect),
            Aim::Refused => self.first_declared(&[422, 400]),
        }
    }

    fn first_declared(&self, statuses: &[u16]) -> Option<u16> {
        statuses.iter().copied().find(|status| self.declares(*status))
    }

    /// Values beside a valid one; `sent` is what the operation's own request has, where that is known.
    fn variants(&self, schema: &Schema, valid: &Value, sent: Option<&Value>, typed: bool) -> Vec<Variant> {
        match self.aim {
            Aim::Refused => broken(self.contract, schema, valid, typed),
            Aim::Taken | Aim::Understood => edges(self.contract, schema, valid, sent, typed),
        }
    }

    /// What a request without a value shows: that it is required, or that it is optional.
    fn absence(&self, required: bool) -> Option<&'static str> {
        match (self.aim, required) {
            (Aim::Refused, true) => Some("is missing"),
            (Aim::Taken, false) => Some("is left out"),
            _ => None,
        }
    }

    /// A value of the primary request, as the files know it.
    fn known(&self, value: &Value) -> Value {
        template::known(self.primary, value)
    }

    /// Takes a request that must get one of these statuses, the first that is declared.
    fn expect(&mut self, what: &str, location: Location, statuses: &[u16], request: Result<Request, &'static str>) {
        let Some(expect) = self.first_declared(statuses) else {
            let list: Vec<_> = statuses.iter().map(u16::to_string).collect();
            let reason = format!("{} is not declared, so that nothing says what happens", list.join(" or "));
            return self.gap(what, location, reason);
        };
        self.add(what, location, expect, request);
    }

    /// Takes a request with another value.
    fn vary(&mut self, what: &str, location: Location, request: Result<Request, &'static str>) {
        match self.verdict() {
            Some(status) => self.add(what, location, status, request),
            None => self.expect(what, location, &[422, 400], request),
        }
    }

    fn add(&mut self, what: &str, location: Location, expect: u16, request: Result<Request, &'static str>) {
        match request {
            Ok(request) => self.found.requests.push(Sample {
                location,
                name: Some(self.name(what)),
                test_id: None,
                title: None,
                primary: false,
                expect,
                within: None,
                assertions: Vec::new(),
                captures: Vec::new(),
                request,
                ..self.primary.clone()
            }),
            Err(reason) => self.gap(what, location, reason),
        }
    }

    fn gap(&mut self, what: &str, location: Location, reason: impl Into<String>) {
        self.found.gaps.push(Gap { name: self.name(what), reason: reason.into(), location });
    }

    fn name(&self, what: &str) -> String {
        format!("{}: {what}", self.operation.id)
    }
}

/// A contract of one request.
#[cfg(test)]
fn example() -> Contract {
    let text = "### A\n# @api A 1\n# @server http://h - H\n\n### B\n# @name b\n# @operation b\n# @response 200 R - R\n\
                # { \"ok\": true }\nGET http://h/b HTTP/1.1\n";
    let sources = httpfile::Sources::new([httpfile::Source::new("a.http", text)]);
    let compiled = openapi::compile(&sources, &openapi::Variables::new());
    Contract::clone(&compiled.contract.expect("a contract"))
}
