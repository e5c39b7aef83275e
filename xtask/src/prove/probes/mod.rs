//! Requests that break the contract in exactly one thing, each with the error it must get, and requests that only just
//! keep it. All of them are made from the contract.
//!
//! The primary request of each operation is valid; every probe is that request with one change. The order is that of the
//! contract: operations, then access, parameters and the body from its root to its leaves.

mod lists;
pub(super) mod place;
mod values;

use httpfile::Location;
use openapi::{
    Body, Contract, Kind, MAX_SAFE_INTEGER, Media, Operation, Parameter, ParameterPlace, Request, Sample, Schema,
    StringFormat,
};
use serde_json::{Value, json};

use self::lists::{full, miscounted};
pub(crate) use self::values::plausible;
use self::values::{Variant, broken, edges};

/// Every request of one operation that breaks one constraint. Nobody had to write it: its name says what is wrong with
/// it, its location is where the constraint stands.
#[must_use]
pub fn of_operation(contract: &Contract, primary: &Sample) -> Vec<Sample> {
    made(contract, primary, Aim::Refused)
}

/// Every request of one operation that is at a bound of one constraint and must be taken.
#[must_use]
pub fn boundaries(contract: &Contract, primary: &Sample) -> Vec<Sample> {
    made(contract, primary, Aim::Taken)
}

fn made(contract: &Contract, primary: &Sample, aim: Aim) -> Vec<Sample> {
    let operation = contract.operations.iter().find(|operation| operation.id == primary.operation);
    let Some(operation) = operation.filter(|_| primary.primary && (200..300).contains(&primary.expect)) else {
        return Vec::new();
    };
    let mut probes = Probes { contract, operation, primary, aim, found: Vec::new() };
    if aim == Aim::Refused {
        probes.access();
    }
    operation.parameters.iter().for_each(|parameter| probes.parameter(parameter));
    probes.body();
    probes.found
}

/// What a request is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    Refused,
    Taken,
}

struct Probes<'c> {
    contract: &'c Contract,
    operation: &'c Operation,
    primary: &'c Sample,
    aim: Aim,
    found: Vec<Sample>,
}

impl Probes<'_> {
    fn declares(&self, status: u16) -> bool {
        self.operation.responses.iter().any(|response| response.status == status)
    }

    /// The status of a request with another value: the primary's own, or that of values that are not allowed.
    fn verdict(&self) -> Option<u16> {
        match self.aim {
            Aim::Taken => Some(self.primary.expect),
            Aim::Refused => [422, 400].into_iter().find(|status| self.declares(*status)),
        }
    }

    fn variants(&self, schema: &Schema, valid: &Value, typed: bool) -> Vec<Variant> {
        match self.aim {
            Aim::Taken => edges(self.contract, schema, valid),
            Aim::Refused => broken(self.contract, schema, valid, typed),
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

    fn add(&mut self, what: &str, location: Location, expect: Option<u16>, request: Option<Request>) {
        // Without a declared error the contract does not say what happens.
        let (Some(expect), Some(request)) = (expect.filter(|status| self.declares(*status)), request) else { return };
        self.found.push(Sample {
            location,
            name: Some(format!("{}: {what}", self.operation.id)),
            test_id: None,
            title: None,
            primary: false,
            expect,
            within: None,
            assertions: Vec::new(),
            captures: Vec::new(),
            request,
            ..self.primary.clone()
        });
    }

    /// Without a token, with one that is none or was changed, and with one that lacks a role.
    fn access(&mut self) {
        let Some(security) = self.operation.security.as_ref().filter(|security| security.scheme.is_some()) else {
            return;
        };
        let request = &self.primary.request;
        let with = |text: Option<&str>| place::with_header(request, "Authorization", text);
        let (without, nonsense) = (with(None), with(Some("Bearer nonsense")));
        // The signature of a signed token comes last, so that more text makes another one of it.
        let forged =
            place::header_value(request, "Authorization").and_then(|token| with(Some(&format!("{token}AAAA"))));
        let lesser = self.lesser_token().and_then(|text| with(Some(&text)));
        let location = security.location;
        self.add("without a token", location, Some(401), without);
        self.add("with a token that is none", location, Some(401), nonsense);
        self.add("with a token that was changed", location, Some(401), forged);
        if !security.roles.is_empty() {
            self.add("without the role", location, Some(403), lesser);
        }
    }

    /// What a caller without roles presents, as another request of the contract writes it.
    fn lesser_token(&self) -> Option<String> {
        let roleless = |operation: &&Operation| {
            operation.security.as_ref().is_some_and(|security| security.scheme.is_some() && security.roles.is_empty())
        };
        let operation = self.contract.operations.iter().find(roleless)?;
        let sample = self.contract.samples.iter().find(|s| s.primary && s.operation == operation.id)?;
        place::header_value(&sample.request, "Authorization")
    }

    fn parameter(&mut self, parameter: &Parameter) {
        let name = &parameter.name;
        let absence =
            self.absence(parameter.required).filter(|_| parameter.required || self.written(parameter).is_some());
        if let Some(absence) = absence.filter(|_| parameter.place != ParameterPlace::Path) {
            let request = self.with_parameter(parameter, None);
            self.add(&format!("`{name}` {absence}"), parameter.location, self.verdict(), request);
        }
        let named = parameter.place == ParameterPlace::Path && self.aim == Aim::Refused;
        if let Some(unknown) = self.unknown(&parameter.schema).filter(|_| named) {
            let request = self.with_parameter(parameter, Some(&unknown));
            self.add(&format!("`{name}` is unknown"), parameter.location, Some(404), request);
        }
        // A path says which resource is meant: at its bounds there is another one, or none.
        if (parameter.place, self.aim) == (ParameterPlace::Path, Aim::Taken) {
            return;
        }
        let Some(valid) = self.valid(parameter) else { return };
        for Variant { what, value } in self.variants(&parameter.schema, &valid, false) {
            let request = self.with_parameter(parameter, Some(&value));
            self.add(&format!("`{name}` {what}"), parameter.location, self.verdict(), request);
        }
    }

    /// The text of a parameter in the primary request.
    fn written(&self, parameter: &Parameter) -> Option<String> {
        let (request, name) = (&self.primary.request, &parameter.name);
        match parameter.place {
            ParameterPlace::Path => place::path_value(&request.url, &self.operation.path, name),
            ParameterPlace::Query => place::query_value(&request.url, name),
            ParameterPlace::Header => place::header_value(request, name),
        }
    }

    /// A value of a parameter that is allowed: as the request has it, else any.
    fn valid(&self, parameter: &Parameter) -> Option<Value> {
        let known = self
            .written(parameter)
            .map(|text| self.contract.value_of_text(&parameter.schema, &self.primary.resolved_text(&text, |_| None)));
        known
            .or_else(|| parameter.example.clone())
            .or_else(|| plausible(self.contract, &parameter.schema, &self.operation.id))
    }

    fn with_parameter(&self, parameter: &Parameter, value: Option<&Value>) -> Option<Request> {
        let (request, name) = (&self.primary.request, &parameter.name);
        match (parameter.place, value) {
            (ParameterPlace::Path, Some(value)) => place::with_path(request, &self.operation.path, name, value),
            (ParameterPlace::Path, None) => None,
            (ParameterPlace::Query, value) => Some(place::with_query(request, name, value)),
            (ParameterPlace::Header, value) => {
                place::with_header(request, name, value.map(crate::prove::answer::plain).as_deref())
            }
        }
    }

    /// An identifier that is well-formed and that nothing has. Small numbers are positions, not identifiers.
    fn unknown(&self, schema: &Schema) -> Option<Value> {
        match &self.contract.resolve(schema).kind {
            Kind::String { format: Some(StringFormat::Uuid), .. } => {
                Some(json!("00000000-0000-4000-8000-00000000dead"))
            }
            Kind::Integer { maximum, .. } => {
                maximum.is_none_or(|m| m >= MAX_SAFE_INTEGER).then(|| json!(MAX_SAFE_INTEGER))
            }
            _ => None,
        }
    }

    fn body(&mut self) {
        let Some(content) = &self.operation.body else { return };
        let request = &self.primary.request;
        if self.aim == Aim::Refused {
            let other_media = place::with_header(request, "Content-Type", Some("text/plain"));
            self.add("a body of another media type", content.location, Some(415), other_media);
            if matches!(content.media, Media::Json(_)) {
                let no_json = place::with_body(request, "{");
                self.add("a body that is no JSON", content.location, Some(400), Some(no_json));
            }
        }
        let Media::Json(schema) = &content.media else { return };
        let Some(Body::Text(text)) = &request.body else { return };
        let Ok(body) = serde_json::from_str::<Value>(text) else { return };
        self.inside(schema, &body, &mut vec![], &body);
    }

    /// Probes of one value of the body, and of what it holds. `path` leads from the root to it.
    fn inside(&mut self, schema: &Schema, value: &Value, path: &mut Vec<String>, root: &Value) {
        let resolved = self.contract.resolve(schema).clone();
        let valid = match value {
            Value::String(text) => Value::from(self.primary.resolved_text(text, |_| None)),
            other => other.clone(),
        };
        let mut variants = self.variants(schema, &valid, true);
        if let Value::Array(items) = value {
            match self.aim {
                Aim::Refused => variants.extend(miscounted(self.contract, schema, items)),
                Aim::Taken => variants.extend(full(self.contract, schema, items)),
            }
        }
        for Variant { what, value } in variants {
            self.body_with(&format!("{} {what}", shown(path)), schema.location, root, path, Some(value));
        }
        match (&resolved.kind, value) {
            (Kind::Object(properties), Value::Object(entries)) => {
                for (name, property) in properties {
                    path.push(name.clone());
                    let there = entries.contains_key(name);
                    if let Some(absence) = self.absence(property.required).filter(|_| there) {
                        let what = format!("{} {absence}", shown(path));
                        self.body_with(&what, property.schema.location, root, path, None);
                    }
                    let example = entries
                        .get(name)
                        .cloned()
                        .or_else(|| plausible(self.contract, &property.schema, &self.operation.id));
                    if let Some(example) = example {
                        self.inside(&property.schema, &example, path, root);
                    }
                    path.pop();
                }
            }
            (Kind::Array { items, .. }, Value::Array(values)) if !values.is_empty() => {
                path.push("0".to_owned());
                self.inside(items, &values[0], path, root);
                path.pop();
            }
            _ => {}
        }
    }

    /// A probe whose body differs in the value at `path`.
    fn body_with(&mut self, what: &str, location: Location, root: &Value, path: &[String], value: Option<Value>) {
        let mut body = root.clone();
        put(&mut body, path, value);
        let request = place::with_body(&self.primary.request, &body.to_string());
        self.add(what, location, self.verdict(), Some(request));
    }
}

/// Puts a value at the end of a path, or takes away what is there.
fn put(body: &mut Value, path: &[String], value: Option<Value>) {
    match (path, body) {
        ([], body) => *body = value.unwrap_or(Value::Null),
        ([name], Value::Object(entries)) => match value {
            Some(value) => drop(entries.insert(name.clone(), value)),
            None => drop(entries.shift_remove(name)),
        },
        ([name, rest @ ..], Value::Object(entries)) => {
            entries.get_mut(name).into_iter().for_each(|inner| put(inner, rest, value.clone()));
        }
        ([index, rest @ ..], Value::Array(items)) => {
            let item = index.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.into_iter().for_each(|inner| put(inner, rest, value.clone()));
        }
        _ => {}
    }
}

/// `files[0].size`
fn shown(path: &[String]) -> String {
    let text = path.iter().fold(String::new(), |text, step| match step.parse::<usize>() {
        Ok(index) => format!("{text}[{index}]"),
        Err(_) if text.is_empty() => step.clone(),
        Err(_) => format!("{text}.{step}"),
    });
    if text.is_empty() { "the body".to_owned() } else { format!("`{text}`") }
}
