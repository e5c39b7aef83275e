//! What a request does that the contract forbids: only that may be beyond a client's types.

use openapi::{Contract, Media, Operation, Parameter};
use serde_json::Value;

use super::line::{Body, Request};

/// The first thing that is wrong with a request by the contract alone; nothing where every client has to be able to
/// send it.
pub fn reason(contract: &Contract, operation: &Operation, request: &Request<'_>) -> Option<String> {
    let of_parameters = || operation.parameters.iter().find_map(|one| parameter(contract, one, request));
    request
        .untyped
        .clone()
        .or_else(of_parameters)
        .or_else(|| undeclared(operation, request))
        .or_else(|| body(contract, operation, request))
}

/// What a request has that no typed client has a place for: a parameter or a field that the contract does not declare.
pub fn beyond(contract: &Contract, operation: &Operation, request: &Request<'_>) -> Option<String> {
    let field = |schema: &openapi::Schema, value: &Value| {
        let mut mismatches = contract.mismatches(schema, value).into_iter();
        mismatches.find(|mismatch| mismatch.message.starts_with("there is no field")).map(|found| found.to_string())
    };
    let declared = |name: &str| operation.parameters.iter().any(|parameter| parameter.name == name);
    let parameter = request.query.keys().find(|name| !declared(name));
    parameter.map(|name| format!("there is no parameter `{name}`")).or_else(|| {
        match (operation.body.as_ref().map(|body| &body.media), &request.body) {
            (Some(Media::Json(schema)), Some(Body::Json(value))) => field(schema, value),
            _ => None,
        }
    })
}

fn parameter(contract: &Contract, parameter: &Parameter, request: &Request<'_>) -> Option<String> {
    let name = &parameter.name;
    let Some(texts) = request.texts(parameter.place, name) else {
        return parameter.required.then(|| format!("`{name}` is missing"));
    };
    let wrong = |value: &Value| contract.mismatches(&parameter.schema, value).into_iter().next();
    let single = |text: &String| contract.value_of_text(&parameter.schema, text);
    let values: Vec<Value> = texts.iter().map(single).collect();
    let value = match &contract.resolve(&parameter.schema).kind {
        openapi::Kind::Array { items, .. } => {
            texts.iter().map(|text| contract.value_of_text(items, text)).collect::<Vec<_>>().into()
        }
        _ if values.len() == 1 => values.into_iter().next()?,
        _ => return Some(format!("`{name}` is given {} times", texts.len())),
    };
    wrong(&value).map(|mismatch| format!("`{name}` {}", mismatch.message))
}

fn undeclared(operation: &Operation, request: &Request<'_>) -> Option<String> {
    let declared = |name: &str| operation.parameters.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(name));
    let mut names = request.query.keys().chain(request.headers.keys());
    names.find(|name| !declared(name)).map(|name| format!("`{name}` is not declared, or not with this value"))
}

fn body(contract: &Contract, operation: &Operation, request: &Request<'_>) -> Option<String> {
    match (operation.body.as_ref().map(|content| &content.media), &request.body) {
        (None, None) | (Some(Media::Binary), Some(Body::Bytes(_))) => None,
        (None, Some(_)) => Some("no body is declared".to_owned()),
        (Some(_), None) => Some("the body is missing".to_owned()),
        (Some(Media::Json(schema)), Some(Body::Json(value))) => {
            contract.mismatches(schema, value).into_iter().next().map(|mismatch| mismatch.to_string())
        }
        (Some(_), Some(_)) => Some("the body is of another media type".to_owned()),
    }
}
