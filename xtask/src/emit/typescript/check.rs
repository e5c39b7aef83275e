//! What the client cannot express is refused here, before the generator makes something wrong of it.

use std::collections::BTreeSet;

use openapiv3::{
    OpenAPI, Parameter, ParameterSchemaOrContent, PathStyle, QueryStyle, ReferenceOr, Response, SchemaKind, StatusCode,
    Type,
};

use super::names::{is_identifier, parts, type_prefix};
use super::operations::{Endpoint, operations, responses};
use crate::emit::{EmitError, Unsupported};

/// Method names that JavaScript gives a meaning of its own: `then` would make a promise of the client.
const FORBIDDEN_METHODS: &[&str] = &["constructor", "then"];

/// Checks every operation of a document.
///
/// # Errors
/// Everything that the client cannot express.
pub fn check(document: &OpenAPI) -> Result<(), EmitError> {
    if operations(document).is_empty() {
        return Err(EmitError::unsupported("the document", "it declares no operation: there is nothing to call"));
    }
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for endpoint in operations(document) {
        let problems = [
            name_problem(&endpoint, &mut seen),
            method_problem(&endpoint),
            parameter_problem(&endpoint),
            body_problem(&endpoint),
            response_problem(&endpoint),
        ];
        let route = format!("{} {}", endpoint.method, endpoint.path);
        let place = if endpoint.id.is_empty() { route } else { endpoint.id.to_owned() };
        let unsupported = |message| Unsupported { place: place.clone(), message };
        found.extend(problems.into_iter().flatten().map(unsupported));
    }
    if found.is_empty() { Ok(()) } else { Err(EmitError::Unsupported(found)) }
}

fn name_problem(endpoint: &Endpoint<'_>, seen: &mut BTreeSet<String>) -> Option<String> {
    if !is_identifier(endpoint.id) || FORBIDDEN_METHODS.contains(&endpoint.id) {
        return Some(
            "the operation id becomes a method: use a camel case name other than `constructor` and `then`".to_owned(),
        );
    }
    (!seen.insert(type_prefix(endpoint.id)))
        .then(|| "another operation has the same id but for its first letter: rename one of them".to_owned())
}

fn parameter_problem(endpoint: &Endpoint<'_>) -> Option<String> {
    if endpoint.has_referenced_parameters() {
        return Some("a parameter is a reference: declare it with the operation".to_owned());
    }
    endpoint.parameters().into_iter().find_map(|parameter| {
        let (data, _) = parts(parameter);
        let is_plain = match parameter {
            Parameter::Query { style: QueryStyle::Form, .. } => data.explode != Some(false),
            Parameter::Path { style: PathStyle::Simple, .. } | Parameter::Header { .. } => true,
            _ => false,
        };
        let is_object = match &data.format {
            ParameterSchemaOrContent::Schema(ReferenceOr::Item(schema)) => {
                matches!(schema.schema_kind, SchemaKind::Type(Type::Object(_)))
            }
            ParameterSchemaOrContent::Schema(ReferenceOr::Reference { .. }) => false,
            ParameterSchemaOrContent::Content(_) => true,
        };
        let quotable = !data.name.contains(['\'', '\\', '\n']);
        (!is_plain || is_object || !quotable).then(|| {
            format!(
                "the parameter `{}` is not sent as plain text: only path, query and header parameters are, with scalars \
                 or arrays of them, in the default style",
                data.name
            )
        })
    })
}

/// What `fetch` does not send.
fn method_problem(endpoint: &Endpoint<'_>) -> Option<String> {
    let has_body = endpoint.operation.request_body.is_some();
    match endpoint.method {
        "TRACE" => Some("`fetch` sends no TRACE: use another method".to_owned()),
        "GET" | "HEAD" if has_body => {
            Some("`fetch` sends no body with GET or HEAD: use POST, or query parameters".to_owned())
        }
        "HEAD" if responses(endpoint).any(|(_, response)| !response.content.is_empty()) => {
            Some("answers to HEAD have no body: declare responses without one".to_owned())
        }
        _ => None,
    }
}

fn body_problem(endpoint: &Endpoint<'_>) -> Option<String> {
    let body = match endpoint.operation.request_body.as_ref()? {
        ReferenceOr::Item(body) => body,
        ReferenceOr::Reference { .. } => {
            return Some("the body is a reference: declare it with the operation".to_owned());
        }
    };
    let media: Vec<&str> = body.content.keys().map(String::as_str).collect();
    (!matches!(media[..], ["application/json"] | ["application/octet-stream"]))
        .then(|| unsupported_media("the body", &media))
}

fn response_problem(endpoint: &Endpoint<'_>) -> Option<String> {
    let responses = &endpoint.operation.responses;
    let has_range = responses.responses.keys().any(|status| matches!(status, StatusCode::Range(_)));
    if responses.default.is_some() || has_range {
        return Some(
            "only explicit statuses narrow: declare a response per status, none as `default` or a range".to_owned(),
        );
    }
    if !responses.responses.keys().any(|status| matches!(status, StatusCode::Code(200..=299))) {
        return Some("no success is declared: declare a response with a status from 200 to 299".to_owned());
    }
    responses.responses.iter().find_map(|(status, response)| match response {
        ReferenceOr::Item(response) => media_problem(status, response),
        ReferenceOr::Reference { .. } => {
            Some(format!("the response {status} is a reference: declare it with the operation"))
        }
    })
}

fn media_problem(status: &StatusCode, response: &Response) -> Option<String> {
    let media: Vec<&str> = response.content.keys().map(String::as_str).collect();
    let known = matches!(media[..], [] | ["application/json"] | ["application/octet-stream"]);
    (!known).then(|| unsupported_media(&format!("the response {status}"), &media))
}

fn unsupported_media(what: &str, media: &[&str]) -> String {
    format!("{what} is `{}`: use `application/json` or `application/octet-stream`, one of them", media.join("`, `"))
}
