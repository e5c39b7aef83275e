//! What is answered: statuses, headers and bodies from the contract.

use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use openapi::{Contract, Kind, Media, Operation, Response, Schema};
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

/// The answer that the contract declares: one of its examples, else a value made from the schema.
pub fn declared(
    contract: &Contract,
    operation: &Operation,
    response: &Response,
    example: Option<&str>,
    path: &str,
) -> Answer {
    // A contract can only declare statuses that HTTP has.
    let status = StatusCode::from_u16(response.status).unwrap_or_default();
    let mut answer = match response.content.as_ref().map(|content| (content, &content.media)) {
        None => Answer::empty(status),
        Some((_, Media::Binary)) => {
            let mut answer = Answer::empty(status).with(CONTENT_TYPE, "application/octet-stream");
            answer.body = format!("the bytes of {}\n", operation.id).into_bytes();
            answer
        }
        Some((content, Media::Json(schema))) => {
            let shown = content.examples.iter().find(|shown| example.is_none_or(|name| shown.key == name));
            match shown {
                Some(shown) => Answer::json(status, &shown.value).noted(format!("example {}", shown.key)),
                None if response.status >= 400 => {
                    Answer::json(status, &shaped(contract, schema, &standard(status, &response.description)))
                }
                None => Answer::json(status, &made::value(contract, schema, &operation.id)).noted("from the schema"),
            }
        }
    };
    for header in &response.headers {
        let Ok(name) = HeaderName::try_from(header.name.to_ascii_lowercase()) else { continue };
        let value = match name {
            LOCATION => json!(path),
            _ => made::value(contract, &header.schema, &header.name),
        };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        answer = answer.with(name, &text);
    }
    answer
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
    match failure.retry_after() {
        Some(seconds) => answer.with(RETRY_AFTER, &seconds.to_string()),
        None => answer,
    }
}

/// The answer for a method that a path does not have.
pub fn method_not_allowed(contract: &Contract, allow: &str) -> Answer {
    refused(contract, None, &ApiFailure::method_not_allowed()).with(ALLOW, allow)
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
    let mut members = Map::new();
    for (name, property) in properties {
        let own = error.get(name).filter(|value| allowed(&property.schema, value));
        // A contract may call its message otherwise.
        let message = || error.get("message").filter(|value| property.required && allowed(&property.schema, value));
        let value = own.or_else(message).cloned();
        let value = value.or_else(|| property.required.then(|| made::value(contract, &property.schema, name)));
        members.extend(value.map(|value| (name.clone(), value)));
    }
    Value::Object(members)
}
