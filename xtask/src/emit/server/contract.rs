//! `contract.json`: what the contract says, as data for the parts of the interface that know no contract.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use super::model::{Body, Location, Model, Operation, Response};

/// The whole file.
pub(super) fn file(document: &OpenAPI, model: &Model) -> String {
    let mut schemas = Map::new();
    for (name, schema) in document.components.iter().flat_map(|components| &components.schemas) {
        schemas.insert(name.clone(), without_examples(json!(schema)));
    }
    let operations: Map<_, _> =
        model.operations.iter().map(|operation| (operation.id.clone(), operation_value(operation))).collect();
    let mut contract = json!({ "schemas": schemas, "operations": operations });
    let mut patterns = BTreeMap::new();
    collect_patterns(&contract, &mut patterns);
    contract["patterns"] = json!(patterns);
    // Writing a JSON value as text cannot fail.
    let mut text = serde_json::to_string_pretty(&contract).unwrap_or_default();
    text.push('\n');
    text
}

fn operation_value(operation: &Operation) -> Value {
    let parameters = operation.parameters.iter().map(|parameter| {
        let location = match parameter.location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Header => "header",
        };
        json!({
            "name": parameter.name,
            "in": location,
            "required": parameter.required,
            "description": parameter.description,
            "schema": parameter.text,
            "explode": parameter.explode,
        })
    });
    let responses: Map<_, _> =
        operation.responses.iter().map(|response| (response.status.to_string(), response_value(response))).collect();
    let body = operation.body.as_ref().map(|body| {
        let (media, schema) = body_parts(body);
        json!({ "media": media, "schema": schema })
    });
    json!({ "parameters": parameters.collect::<Vec<_>>(), "body": body, "responses": responses })
}

fn body_parts(body: &Body) -> (&'static str, Value) {
    match body {
        Body::Json { text, .. } => ("application/json", without_examples(text.clone())),
        Body::Binary { text, .. } => ("application/octet-stream", text.clone()),
    }
}

fn response_value(response: &Response) -> Value {
    let body = response.body.as_ref().map(body_parts);
    let headers: Map<_, _> = response
        .headers
        .iter()
        .map(|header| {
            let value =
                json!({ "description": header.description, "required": header.required, "schema": header.text });
            (header.name.clone(), value)
        })
        .collect();
    json!({
        "description": response.description,
        "media": body.as_ref().map(|(media, _)| media),
        "schema": body.as_ref().map(|(_, schema)| schema),
        "headers": headers,
    })
}

fn without_examples(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        members.remove("example");
    }
    schema
}

/// The regular expression of each pattern; reading the document has translated all of them before.
fn collect_patterns(value: &Value, patterns: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("pattern", Value::String(contract)) = (name.as_str(), member)
                    && let Ok(rust) = openapi::pattern::translate(contract)
                {
                    patterns.insert(contract.clone(), rust);
                }
                collect_patterns(member, patterns);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_patterns(item, patterns)),
        _ => {}
    }
}
