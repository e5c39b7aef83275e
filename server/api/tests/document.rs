//! Dropshot's own document of the routes says what the contract says.
//!
//! Both documents are brought to one form and compared. What is left is listed by name in `document.unsaid.txt`: the
//! routes that were folded, and what Dropshot has no words for. After a change of the contract, check the list and
//! write it anew with `UPDATE_EXPECT=1 cargo test -p server-api --test document`.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;
use serde_json::{Map, Value, json};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

#[test]
fn the_document_of_the_routes_is_the_contract() {
    let text = include_str!("../../../openapi/openapi.json");
    let contract: Value = serde_json::from_str(text).unwrap();
    let mut unsaid = Vec::new();
    compare_operations(&operations(&contract), &operations(&dropshot(&contract)), &mut unsaid);
    compare_schemas(&contract, &dropshot(&contract), &mut unsaid);
    expect_file!["document.unsaid.txt"].assert_eq(&(unsaid.join("\n") + "\n"));
}

fn dropshot(contract: &Value) -> Value {
    let version = contract["info"]["version"].as_str().unwrap().parse().unwrap();
    let title = contract["info"]["title"].as_str().unwrap();
    server_api::stub_api_description().unwrap().openapi(title, version).json().unwrap()
}

/// The operations by id, each with its method and path.
fn operations(document: &Value) -> BTreeMap<String, Value> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let operation = normal_operation(&item[*method], &format!("{method} {path}"));
            operations.insert(item[*method]["operationId"].as_str().unwrap().to_owned(), operation);
        }
    }
    operations
}

/// An operation without what is only another way to write the same.
fn normal_operation(operation: &Value, route: &str) -> Value {
    let mut parameters = Map::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let key = format!("{} {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
        let (required, description) = (parameter["required"] == true, words(&parameter["description"]));
        let schema = normal_schema(&parameter["schema"]);
        // The description of a parameter may stand in its schema.
        parameters.insert(key, json!({ "required": required, "description": description, "schema": schema }));
    }
    let mut responses = Map::new();
    for (status, response) in operation["responses"].as_object().unwrap() {
        responses.insert(status.clone(), normal_response(response));
    }
    let mut tags: Vec<_> = operation["tags"].as_array().into_iter().flatten().cloned().collect();
    tags.sort_by_key(Value::to_string);
    json!({
        "route": route,
        "summary": words(&operation["summary"]),
        "description": words(&operation["description"]),
        "tags": tags,
        "deprecated": operation["deprecated"] == true,
        "security": operation["security"],
        "roles": operation["x-required-roles"],
        "parameters": parameters,
        "body": content(&operation["requestBody"]),
        "responses": responses,
    })
}

fn normal_response(response: &Value) -> Value {
    let mut headers = Map::new();
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let (required, description) = (header["required"] == true, words(&header["description"]));
        let schema = normal_schema(&header["schema"]);
        headers
            .insert(name.to_lowercase(), json!({ "required": required, "description": description, "schema": schema }));
    }
    json!({ "description": words(&response["description"]), "headers": headers, "content": content(response) })
}

fn content(holder: &Value) -> Value {
    let media = holder["content"].as_object().into_iter().flatten();
    media.map(|(media, kind)| (media.clone(), normal_schema(&kind["schema"]))).collect::<Map<_, _>>().into()
}

/// Prose, whose lines Dropshot breaks in its own way.
fn words(text: &Value) -> Value {
    let text = text.as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").into()
}

fn normal_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "title"));
            kept.map(|(name, value)| (name.clone(), normal_member(name, value)))
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .collect()
        }
        Value::Array(items) => items.iter().map(normal_schema).collect(),
        // 1 and 1.0 are one bound.
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        other => other.clone(),
    }
}

fn normal_member(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("required", Value::Array(names)) => {
            let names: BTreeSet<_> = names.iter().filter_map(Value::as_str).collect();
            json!(names)
        }
        ("description", text) => words(text),
        _ => normal_schema(value),
    }
}

/// Names what the contract says of its operations and Dropshot does not; fails when Dropshot says something else.
fn compare_operations(
    contract: &BTreeMap<String, Value>,
    dropshot: &BTreeMap<String, Value>,
    unsaid: &mut Vec<String>,
) {
    for id in dropshot.keys() {
        assert!(contract.contains_key(id), "Dropshot serves `{id}`, which the contract does not know");
    }
    for (id, operation) in contract {
        let Some(routed) = dropshot.get(id) else {
            unsaid.push(format!("{id}: folded, {}", operation["route"].as_str().unwrap()));
            continue;
        };
        for part in ["route", "summary", "description", "tags", "deprecated", "parameters", "body"] {
            assert_eq!(operation[part], routed[part], "{part} of {id}");
        }
        compare_responses(id, operation, routed, unsaid);
        for (part, name) in [("security", "security"), ("roles", "required roles")] {
            if operation[part] != routed[part] {
                unsaid.push(format!("{id}: {name} {}", operation[part]));
            }
        }
    }
}

fn compare_responses(id: &str, operation: &Value, routed: &Value, unsaid: &mut Vec<String>) {
    let contract = operation["responses"].as_object().unwrap();
    let dropshot = routed["responses"].as_object().unwrap();
    let mut missing = Vec::new();
    for (status, response) in contract {
        match dropshot.get(status) {
            Some(routed) => assert_eq!(response, routed, "response {status} of {id}"),
            None => missing.push(status.as_str()),
        }
    }
    // Dropshot says the statuses of all errors in two ranges.
    let more: Vec<_> = dropshot.keys().filter(|status| !contract.contains_key(*status)).collect();
    assert_eq!(more, ["4XX", "5XX"], "responses of {id}");
    unsaid.push(format!("{id}: responses {}", missing.join(" ")));
}

fn compare_schemas(contract: &Value, dropshot: &Value, unsaid: &mut Vec<String>) {
    let schemas = |document: &Value| document["components"]["schemas"].as_object().unwrap().clone();
    let (contract, dropshot) = (schemas(contract), schemas(dropshot));
    for (name, schema) in &dropshot {
        assert_eq!(normal_schema(schema), normal_schema(&contract[name]), "schema {name}");
    }
    let missing = contract.keys().filter(|name| !dropshot.contains_key(*name));
    unsaid.extend(missing.map(|name| format!("{name}: a schema that only such routes and responses use")));
}
