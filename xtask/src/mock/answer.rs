//! What is answered: statuses, headers and bodies from the contract.

use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use httpfile::{Predicate, Subject};
use openapi::{Contract, Kind, Media, Operation, Response, ResponseHeader, Schema};
use serde_json::{Map, Value, json};

use super::made;
use super::rules::error::ApiFailure;

/// What stands for the id of a request: the same request always gets the same answer.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// An answer, before it is written.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Everything but what the connection adds.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
    /// What a person who reads the log wants to know beside the status.
    pub note: String,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), note: String::new() }
    }

    fn json(status: StatusCode, body: &Value) -> Self {
        let mut answer = Self::empty(status).with(CONTENT_TYPE, "application/json");
        answer.body = body.to_string().into_bytes();
        answer
    }

    /// The same answer with one more header; a value that no header can have is left out.
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        self
    }

    /// The same answer with something for the log.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// An operation that answers as it declares.
pub struct Declared<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The operation.
    pub operation: &'a Operation,
    /// The path that was called.
    pub path: &'a str,
}

impl Declared<'_> {
    /// One of the examples of a response, else a value made from its schema.
    pub fn answer(&self, response: &Response, example: Option<&str>) -> Answer {
        // A contract can only declare statuses that HTTP has.
        let status = StatusCode::from_u16(response.status).unwrap_or_default();
        let (answer, body) = match response.content.as_ref() {
            None => (Answer::empty(status), Value::Null),
            Some(content) => match &content.media {
                Media::Binary => (self.bytes(status), Value::Null),
                Media::Json(schema) => {
                    let named = content.examples.iter().find(|shown| example == Some(shown.key.as_str()));
                    let shown = named.or(content.examples.first());
                    let value = shown.map_or_else(|| self.value(status, response, schema), |shown| shown.value.clone());
                    let note = shown.map_or("from the schema".to_owned(), |shown| format!("example {}", shown.key));
                    (Answer::json(status, &value).noted(note), value)
                }
            },
        };
        response.headers.iter().fold(answer, |answer, header| {
            let Ok(name) = HeaderName::try_from(header.name.to_ascii_lowercase()) else { return answer };
            let value = match name {
                LOCATION => Value::from(self.location(&body)),
                _ => self.header(response, header),
            };
            answer.with(name, &plain(&value))
        })
    }

    fn bytes(&self, status: StatusCode) -> Answer {
        let mut answer = Answer::empty(status).with(CONTENT_TYPE, "application/octet-stream");
        answer.body = format!("the bytes of {}\n", self.operation.id).into_bytes();
        answer
    }

    fn value(&self, status: StatusCode, response: &Response, schema: &Schema) -> Value {
        match response.status {
            400.. => shaped(self.contract, schema, &standard(status, &response.description)),
            _ => made::value(self.contract, schema, &self.operation.id),
        }
    }

    /// Where what was made can be read: the path below this one whose last parameter is a field of the answer.
    fn location(&self, body: &Value) -> String {
        let below = |operation: &Operation| {
            let rest = operation.path.strip_prefix(&self.operation.path)?.strip_prefix("/{")?.strip_suffix('}')?;
            body.get(rest).map(plain)
        };
        let id = self.contract.operations.iter().find_map(below);
        id.map_or_else(|| self.path.to_owned(), |id| format!("{}/{id}", self.path.trim_end_matches('/')))
    }

    /// The value of a header: what a request asserts of it, else any that its schema allows.
    fn header(&self, response: &Response, header: &ResponseHeader) -> Value {
        let samples = self.contract.samples.iter();
        let samples = samples.filter(|s| s.operation == self.operation.id && s.expect == response.status);
        let about = |subject: &Subject| matches!(subject, Subject::Header(n) if n.eq_ignore_ascii_case(&header.name));
        let asserted = samples.flat_map(|sample| &sample.assertions).filter(|assertion| about(&assertion.subject));
        let values = asserted.flat_map(|assertion| match &assertion.predicate {
            Predicate::Equal(value) => vec![value.clone()],
            Predicate::Matches(pattern) => made::matching(pattern).into_iter().map(Value::from).collect(),
            _ => Vec::new(),
        });
        let allowed = |value: &Value| self.contract.mismatches(&header.schema, value).is_empty();
        values
            .collect::<Vec<_>>()
            .into_iter()
            .find(allowed)
            .unwrap_or_else(|| made::value(self.contract, &header.schema, &header.name))
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The answer to a request that is refused, in the shape that the contract gives such an error.
pub fn refused(contract: &Contract, operation: Option<&Operation>, failure: &ApiFailure) -> Answer {
    let status = failure.status();
    let responses = operation.map(|operation| operation.responses.as_slice()).unwrap_or_default();
    let declared = responses.iter().find(|response| response.status == status.as_u16()).and_then(json_schema);
    // Writing data that is made of texts cannot fail.
    let body = serde_json::to_value(failure.body(REQUEST_ID)).unwrap_or_default();
    let body = match declared.or_else(|| usual_error(contract)) {
        Some(schema) => shaped(contract, schema, &body),
        None => body,
    };
    let mut answer = Answer::json(status, &body).noted(failure.message());
    if status == StatusCode::UNAUTHORIZED {
        answer = answer.with(WWW_AUTHENTICATE, "Bearer");
    }
    if let Some(methods) = failure.allow() {
        answer = answer.with(ALLOW, methods);
    }
    match failure.retry_after() {
        Some(seconds) => answer.with(RETRY_AFTER, &seconds.to_string()),
        None => answer,
    }
}

/// The answer for a method that a path does not have.
pub fn method_not_allowed(contract: &Contract, allow: &str) -> Answer {
    refused(contract, None, &ApiFailure::method_not_allowed(allow.to_owned()))
}

fn json_schema(response: &Response) -> Option<&Schema> {
    match &response.content.as_ref()?.media {
        Media::Json(schema) => Some(schema),
        Media::Binary => None,
    }
}

/// The schema that most errors of a contract have, the first of them when there are several.
fn usual_error(contract: &Contract) -> Option<&Schema> {
    let errors = contract.operations.iter().flat_map(|operation| &operation.responses);
    let schemas: Vec<_> = errors.filter(|response| response.status >= 400).filter_map(json_schema).collect();
    let uses = |schema: &Schema| schemas.iter().filter(|other| other.kind == schema.kind).count();
    schemas.iter().rev().copied().max_by_key(|schema| uses(schema))
}

/// What a generated server says of an error.
fn standard(status: StatusCode, description: &str) -> Value {
    let code = match status.as_u16() {
        422 => "VALIDATION_ERROR".to_owned(),
        500 => "INTERNAL_ERROR".to_owned(),
        503 => "UNAVAILABLE".to_owned(),
        _ => status.canonical_reason().unwrap_or("ERROR").to_ascii_uppercase().replace([' ', '-', '\''], "_"),
    };
    let code = named_code(description).map_or(code, str::to_owned);
    json!({ "code": code, "message": description, "requestId": REQUEST_ID })
}

/// The code that a description names: `` The session has expired (`SESSION_EXPIRED`) ``.
fn named_code(description: &str) -> Option<&str> {
    let is_code = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    description.split('`').skip(1).step_by(2).find(is_code)
}

/// What a schema has room for of an error; what it demands beyond that is made.
fn shaped(contract: &Contract, schema: &Schema, error: &Value) -> Value {
    if contract.mismatches(schema, error).is_empty() {
        return error.clone();
    }
    let Kind::Object(properties) = &contract.resolve(schema).kind else {
        return made::value(contract, schema, "error");
    };
    let allowed = |schema: &Schema, value: &Value| contract.mismatches(schema, value).is_empty();
    let told = Value::from(message(error, properties.contains_key("violations")));
    let mut members = Map::new();
    for (name, property) in properties {
        let own = if name == "message" { Some(&told) } else { error.get(name) };
        let own = own.filter(|value| allowed(&property.schema, value));
        // A contract may call its message otherwise.
        let message = || Some(&told).filter(|value| property.required && allowed(&property.schema, value));
        let value = own.or_else(message).cloned();
        let value = value.or_else(|| property.required.then(|| made::value(contract, &property.schema, name)));
        members.extend(value.map(|value| (name.clone(), value)));
    }
    Value::Object(members)
}

/// The message of an error, with the violations where they have no field of their own.
fn message(error: &Value, has_violations: bool) -> String {
    let message = error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
    let violations = error.get("violations").and_then(Value::as_array).filter(|_| !has_violations);
    let told = violations.into_iter().flatten().filter_map(|violation| {
        Some(format!("{} {}", violation.get("path")?.as_str()?, violation.get("message")?.as_str()?))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() { message } else { format!("{message}: {}", told.join("; ")) }
}
