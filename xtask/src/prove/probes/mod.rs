//! Requests that break the contract in exactly one thing, made from the contract, each with the error it must get.
//!
//! The primary request of each operation is valid; every probe is that request with one change. The order is that of the
//! contract: operations, then access, parameters and the body from its root to its leaves.

mod place;
mod values;

use httpfile::Location;
use openapi::{
    Body, Contract, Kind, MAX_SAFE_INTEGER, Media, Operation, Parameter, ParameterPlace, Request, Sample, Schema,
    StringFormat,
};
use serde_json::{Value, json};

use self::values::{Broken, broken, miscounted, plausible};

/// Every probe of one operation. A probe is a request of the contract that nobody had to write: its name says what is
/// wrong with it, its location is where the constraint stands.
#[must_use]
pub fn of_operation(contract: &Contract, primary: &Sample) -> Vec<Sample> {
    let Some(operation) = contract.operations.iter().find(|operation| operation.id == primary.operation) else {
        return Vec::new();
    };
    let mut probes = Probes { contract, operation, primary, found: Vec::new() };
    if primary.primary && (200..300).contains(&primary.expect) {
        probes.access();
        operation.parameters.iter().for_each(|parameter| probes.parameter(parameter));
        probes.body();
    }
    probes.found
}

struct Probes<'c> {
    contract: &'c Contract,
    operation: &'c Operation,
    primary: &'c Sample,
    found: Vec<Sample>,
}

impl Probes<'_> {
    fn declares(&self, status: u16) -> bool {
        self.operation.responses.iter().any(|response| response.status == status)
    }

    /// The status of a request whose values are not allowed.
    fn refusal(&self) -> Option<u16> {
        [422, 400].into_iter().find(|status| self.declares(*status))
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
            assertions: Vec::new(),
            captures: Vec::new(),
            request,
            ..self.primary.clone()
        });
    }

    /// Without a token, with one that is none, and with one that lacks a role.
    fn access(&mut self) {
        let Some(security) = self.operation.security.as_ref().filter(|security| security.scheme.is_some()) else {
            return;
        };
        let request = &self.primary.request;
        let with = |text: Option<&str>| place::with_header(request, "Authorization", text);
        let (without, nonsense) = (with(None), with(Some("Bearer nonsense")));
        let lesser = self.lesser_token().and_then(|text| with(Some(&text)));
        let location = security.location;
        self.add("without a token", location, Some(401), without);
        self.add("with a token that is none", location, Some(401), nonsense);
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
        if parameter.required && parameter.place != ParameterPlace::Path {
            let request = self.with_parameter(parameter, None);
            self.add(&format!("`{name}` is missing"), parameter.location, self.refusal(), request);
        }
        let unknown = self.unknown(&parameter.schema).filter(|_| parameter.place == ParameterPlace::Path);
        if let Some(unknown) = unknown {
            let request = self.with_parameter(parameter, Some(&unknown));
            self.add(&format!("`{name}` is unknown"), parameter.location, Some(404), request);
        }
        let Some(valid) = self.valid(parameter) else { return };
        for Broken { what, value } in broken(self.contract, &parameter.schema, &valid, false) {
            let request = self.with_parameter(parameter, Some(&value));
            self.add(&format!("`{name}` {what}"), parameter.location, self.refusal(), request);
        }
    }

    /// A value of a parameter that is allowed: as the request has it, else any.
    fn valid(&self, parameter: &Parameter) -> Option<Value> {
        let (request, name) = (&self.primary.request, &parameter.name);
        let text = match parameter.place {
            ParameterPlace::Path => place::path_value(&request.url, &self.operation.path, name),
            ParameterPlace::Query => place::query_value(&request.url, name),
            ParameterPlace::Header => place::header_value(request, name),
        };
        let known = text
            .map(|text| self.contract.value_of_text(&parameter.schema, &self.primary.resolved_text(&text, |_| None)));
        known.or_else(|| parameter.example.clone()).or_else(|| plausible(self.contract, &parameter.schema))
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
        let other_media = place::with_header(request, "Content-Type", Some("text/plain"));
        self.add("a body of another media type", content.location, Some(415), other_media);
        let Media::Json(schema) = &content.media else { return };
        self.add("a body that is no JSON", content.location, Some(400), Some(place::with_body(request, "{")));
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
        let mut wrong = broken(self.contract, schema, &valid, true);
        if let Value::Array(items) = value {
            wrong.extend(miscounted(self.contract, schema, items));
        }
        for Broken { what, value } in wrong {
            self.body_with(&format!("{} {what}", shown(path)), schema.location, root, path, Some(value));
        }
        match (&resolved.kind, value) {
            (Kind::Object(properties), Value::Object(entries)) => {
                for (name, property) in properties {
                    path.push(name.clone());
                    if property.required {
                        let what = format!("{} is missing", shown(path));
                        self.body_with(&what, property.schema.location, root, path, None);
                    }
                    let example = entries.get(name).cloned().or_else(|| plausible(self.contract, &property.schema));
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
        self.add(what, location, self.refusal(), Some(request));
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
