//! From a request to its answer.

use std::io::Read;

use http::HeaderMap;
use openapi::Operation;

use super::answer::{self, Answer, Declared};
use super::choice::Choice;
use super::contract::Served;
use super::head::Head;
use super::input::Input;
use super::preference::Preference;
use super::route::{Nowhere, Place};
use super::rules::error::ApiFailure;
use super::{access, cors};

/// The answer to a request, and the operation that gave it.
pub fn answer<'s>(served: &'s Served, head: &Head, body: &mut dyn Read) -> (Answer, Option<&'s Operation>) {
    let (path, query) = path_and_query(&head.target);
    let contract = &*served.contract;
    let place = match served.routes.find(path) {
        Ok(place) => place,
        Err(nowhere) => return (answer::refused(contract, None, &of_nowhere(nowhere)), None),
    };
    let operations = || place.operations.iter().filter_map(|(_, index)| contract.operations.get(*index));
    let named = |method: &str| operations().find(|operation| operation.method == method);
    let operation = named(&head.method).or_else(|| (head.method == "HEAD").then(|| named("GET")).flatten());
    let Some(operation) = operation else {
        let allow = methods(&place);
        let answer = match head.method.as_str() {
            "OPTIONS" => cors::preflight(&allow, operations(), &head.headers),
            _ => answer::method_not_allowed(contract, &allow),
        };
        return (answer, None);
    };
    let request = Request { path, query, parameters: &place.parameters, headers: &head.headers };
    let answer = request.answered(served, operation, body);
    (answer.unwrap_or_else(|failure| answer::refused(contract, Some(operation), &failure)), Some(operation))
}

/// The path and the query of `/pets?limit=1` or `http://localhost:4010/pets?limit=1`.
fn path_and_query(target: &str) -> (&str, &str) {
    let local = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => target,
    };
    local.split_once('?').unwrap_or((local, ""))
}

fn of_nowhere(nowhere: Nowhere) -> ApiFailure {
    match nowhere {
        Nowhere::Unknown => ApiFailure::not_found("the contract has no such path"),
        Nowhere::Malformed => ApiFailure::bad_request("the path must be UTF-8 with percent-encoding"),
    }
}

/// `GET, POST, OPTIONS`, as the service says it; `HEAD` goes without saying where there is `GET`.
fn methods(place: &Place) -> String {
    let mut methods: Vec<_> = place.operations.iter().map(|(method, _)| method.as_str()).collect();
    methods.push("OPTIONS");
    methods.dedup();
    methods.join(", ")
}

struct Request<'a> {
    path: &'a str,
    query: &'a str,
    parameters: &'a [(String, String)],
    headers: &'a HeaderMap,
}

impl Request<'_> {
    fn answered(&self, served: &Served, operation: &Operation, body: &mut dyn Read) -> Result<Answer, ApiFailure> {
        let preference = Preference::of(self.headers);
        let contract = &*served.contract;
        let response = Choice { contract, operation }.response(&preference)?;
        // Whoever asks for an error wants to see it, and need not know a request that leads to it.
        if response.status < 400 {
            access::check(contract, operation, self.headers)?;
            let contract = served.rules.operation(&operation.id);
            Input { contract, path: self.parameters, query: self.query, headers: self.headers }.check(body)?;
        }
        let example = preference.example.as_deref();
        let answer = Declared { contract, operation, path: self.path }.answer(response, example);
        Ok(match preference.applied() {
            Some(applied) => answer.with(http::HeaderName::from_static("preference-applied"), &applied),
            None => answer,
        })
    }
}
