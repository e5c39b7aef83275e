//! The document that the generator gets. The published one stays as precise as it is; what openapi-generator makes
//! wrong names or types of is said another way here.

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use super::names::{TypeNames, property_names, type_part, type_prefix};
use super::operations::{Endpoint, operations};
use crate::emit::{EmitError, all, without_null_in_enums};

/// What the generator gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapted {
    /// The document.
    pub document: Value,
    /// The generator's configuration.
    pub config: Value,
    /// What stands in the generator's output for each schema's name. A name of the contract can mean something to the
    /// generator (`File`, `UUID`, `Error`, …); these never do.
    pub placeholders: Vec<(String, String)>,
}

/// Adapts a document that was checked.
///
/// # Errors
/// If a schema cannot be expressed.
pub fn adapt(document: &OpenAPI, names: &TypeNames) -> Result<Adapted, EmitError> {
    let mut names = names.clone();
    let mut adapted = to_value(document)?;
    without_null_in_enums(&mut adapted);
    adapt_schemas(&mut adapted, &mut names)?;
    for endpoint in operations(document) {
        let pointer = format!("/paths/{}/{}", escape(endpoint.path), endpoint.method.to_lowercase());
        if let Some(Value::Object(operation)) = adapted.pointer_mut(&pointer) {
            adapt_operation(operation, &endpoint, document);
        }
    }
    adapted["tags"] = json!([{ "name": "Client" }]);
    comments(&mut adapted);
    let placeholders = rename_schemas(&mut adapted, &names);
    Ok(Adapted { document: adapted, config: config(), placeholders })
}

fn to_value(document: &OpenAPI) -> Result<Value, EmitError> {
    serde_json::to_value(document).map_err(|error| EmitError::unsupported("the document", error.to_string()))
}

fn config() -> Value {
    json!({
        "typeMappings": { "AnyType": "JsonValue", "object": "JsonObject" },
        "additionalProperties": {
            "withoutRuntimeChecks": true,
            "dateLibrary": "string",
            "modelPropertyNaming": "original",
            "paramNaming": "original",
            "sortModelPropertiesByRequiredFlag": false,
            "sortParamsByRequiredFlag": false,
        },
        "files": {
            "types.mustache": { "templateType": "SupportingFiles", "destinationFilename": "types.ts" },
            "client.mustache": { "templateType": "SupportingFiles", "destinationFilename": "client.ts" },
        },
    })
}

/// One tag, so that there is one client; the names that the templates need.
fn adapt_operation(operation: &mut Map<String, Value>, endpoint: &Endpoint<'_>, document: &OpenAPI) {
    let parameters = endpoint.parameters();
    let properties = property_names(&parameters);
    let mut all = Vec::new();
    for (parameter, property) in parameters.into_iter().zip(properties) {
        if let Ok(mut value) = serde_json::to_value(parameter) {
            value["x-property"] = json!(property);
            all.push(value);
        }
    }
    operation.insert("parameters".to_owned(), Value::Array(all));
    operation.insert("tags".to_owned(), json!(["Client"]));
    operation.insert("x-type-name".to_owned(), json!(type_prefix(endpoint.id)));
    operation.insert("x-auth".to_owned(), json!(endpoint.needs_token(document)));
    if let Some(comment) = comment(endpoint) {
        operation.insert("x-comment".to_owned(), json!(comment));
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for response in responses.values_mut() {
            response["x-comment"] = response["description"].clone();
        }
    }
}

fn comment(endpoint: &Endpoint<'_>) -> Option<String> {
    let operation = endpoint.operation;
    let deprecated = operation.deprecated.then_some("@deprecated");
    let parts = [operation.summary.as_deref(), operation.description.as_deref(), deprecated];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// Hoists the enums of properties: the generator would name them after no rule of the contract.
fn adapt_schemas(document: &mut Value, names: &mut TypeNames) -> Result<(), EmitError> {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Ok(()) };
    let mut hoisted = Map::new();
    all(schemas.iter_mut().map(|(name, schema)| adapt_schema(name, schema, names, &mut hoisted)))?;
    schemas.extend(hoisted);
    Ok(())
}

fn adapt_schema(
    name: &str,
    schema: &mut Value,
    names: &mut TypeNames,
    hoisted: &mut Map<String, Value>,
) -> Result<(), EmitError> {
    if let Some(word) = unsupported(schema) {
        let message = format!("`{word}` has no counterpart in the client: use one object, an enum, or `| null`");
        return Err(EmitError::unsupported(name, message));
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    all(properties.into_iter().flatten().map(|(property, schema)| {
        if property.contains(['\'', '\\', '\n']) {
            let place = format!("{name}.{property}");
            return Err(EmitError::unsupported(place, "its name cannot be written in TypeScript: rename it"));
        }
        hoist(schema, &format!("{name}{}", type_part(property)), names, hoisted);
        Ok(())
    }))?;
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = schema.get_mut(inner) {
            hoist(schema, &format!("{name}Item"), names, hoisted);
        }
    }
    Ok(())
}

fn hoist(schema: &mut Value, wanted: &str, names: &mut TypeNames, hoisted: &mut Map<String, Value>) {
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = schema.get_mut(inner) {
            hoist(schema, &format!("{wanted}Item"), names, hoisted);
        }
    }
    if schema.get("enum").is_none() {
        return;
    }
    let name = names.add(wanted);
    let mut reference = json!({ "allOf": [{ "$ref": format!("#/components/schemas/{name}") }] });
    for word in ["nullable", "description"] {
        if let Some(value) = schema.get(word) {
            reference[word] = value.clone();
        }
    }
    let mut whole = std::mem::replace(schema, reference);
    if let Value::Object(parts) = &mut whole {
        parts.remove("nullable");
        parts.remove("default");
    }
    hoisted.insert(name, whole);
}

/// A keyword of a schema that the templates have no words for.
fn unsupported(schema: &Value) -> Option<&'static str> {
    match schema {
        Value::Object(parts) => {
            let word = ["oneOf", "anyOf", "not", "discriminator"].into_iter().find(|&word| parts.contains_key(word));
            let merged =
                parts.get("allOf").and_then(Value::as_array).is_some_and(|all| all.len() > 1).then_some("allOf");
            let inner = ["items", "additionalProperties"].into_iter().filter_map(|word| parts.get(word));
            let properties = parts.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
            word.or(merged).or_else(|| inner.chain(properties).find_map(unsupported))
        }
        _ => None,
    }
}

/// Gives every schema a placeholder for its name, in the order of the names.
fn rename_schemas(document: &mut Value, names: &TypeNames) -> Vec<(String, String)> {
    let mut placeholders = BTreeMap::new();
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        let mut sorted: Vec<(String, Value)> = std::mem::take(schemas).into_iter().collect();
        sorted.sort_by(|(one, _), (other, _)| names.get(one).cmp(names.get(other)));
        for (number, (name, schema)) in sorted.into_iter().enumerate() {
            let placeholder = format!("Schema{number:04}Type");
            schemas.insert(placeholder.clone(), schema);
            placeholders.insert(name, placeholder);
        }
    }
    rename_references(document, &placeholders);
    placeholders.into_iter().map(|(name, placeholder)| (placeholder, names.get(&name).to_owned())).collect()
}

fn rename_references(value: &mut Value, placeholders: &BTreeMap<String, String>) {
    const SCHEMAS: &str = "#/components/schemas/";
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(value, placeholders)),
        Value::Object(parts) => {
            for (word, value) in parts {
                match value {
                    Value::String(text) if word == "$ref" => {
                        if let Some(name) = text.strip_prefix(SCHEMAS).and_then(|name| placeholders.get(name)) {
                            *text = format!("{SCHEMAS}{name}");
                        }
                    }
                    other => rename_references(other, placeholders),
                }
            }
        }
        _ => {}
    }
}

/// Makes all prose fit for comments.
fn comments(document: &mut Value) {
    comments_inside(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace("\n  ", "\n");
        }
    }
}

fn comments_inside(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(comments_inside),
        Value::Object(parts) => {
            for (word, value) in parts {
                match value {
                    Value::String(text) if ["description", "summary", "x-comment"].contains(&word.as_str()) => {
                        *text = comment_text(text, "  ");
                    }
                    other => comments_inside(other),
                }
            }
        }
        _ => {}
    }
}

/// Text that can stand in a comment at this indentation.
fn comment_text(text: &str, indentation: &str) -> String {
    let line_break = format!("\n{indentation} * ");
    text.trim().replace("*/", "*\\/").replace('\n', &line_break)
}

fn escape(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}
