//! The document that the generator gets. The published one stays as precise as it is; what openapi-generator makes
//! wrong names or types of is said another way here.

use openapiv3::OpenAPI;
use serde_json::{Map, Value, json};

use super::names::{TypeNames, property_names, type_part, type_prefix};
use super::operations::{Endpoint, operations};
use crate::emit::EmitError;

/// Put before every schema's name, so that none means something to the generator (`File`, `UUID`, `Error`, …). The
/// generator maps them back to the names that they have in TypeScript.
const PREFIX: &str = "schema-";

/// What the generator gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapted {
    /// The document.
    pub document: Value,
    /// The generator's configuration.
    pub config: Value,
}

/// Adapts a document that was checked.
///
/// # Errors
/// If a schema cannot be expressed.
pub fn adapt(document: &OpenAPI, names: &TypeNames) -> Result<Adapted, EmitError> {
    let mut names = names.clone();
    let mut adapted = to_value(document)?;
    adapt_schemas(&mut adapted, &mut names)?;
    for endpoint in operations(document) {
        let pointer = format!("/paths/{}/{}", escape(endpoint.path), endpoint.method.to_lowercase());
        if let Some(Value::Object(operation)) = adapted.pointer_mut(&pointer) {
            adapt_operation(operation, &endpoint, document);
        }
    }
    adapted["tags"] = json!([{ "name": "Client" }]);
    rewrite(&mut adapted);
    let mapping: Map<String, Value> =
        names.iter().map(|(schema, name)| (format!("{PREFIX}{schema}"), json!(name))).collect();
    Ok(Adapted { document: adapted, config: config(mapping) })
}

fn to_value(document: &OpenAPI) -> Result<Value, EmitError> {
    serde_json::to_value(document)
        .map_err(|error| EmitError::Unsupported { place: "the document".to_owned(), message: error.to_string() })
}

fn config(mapping: Map<String, Value>) -> Value {
    json!({
        "modelNameMappings": mapping,
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
    operation.insert("x-comment".to_owned(), json!(comment(endpoint)));
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for response in responses.values_mut() {
            response["x-comment"] = response["description"].clone();
        }
    }
}

fn comment(endpoint: &Endpoint<'_>) -> String {
    let operation = endpoint.operation;
    let parts = [operation.summary.as_deref(), operation.description.as_deref()];
    let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    if operation.deprecated {
        text.push_str("\n\n@deprecated");
    }
    text
}

/// Hoists the enums of properties: the generator would name them after no rule of the contract.
fn adapt_schemas(document: &mut Value, names: &mut TypeNames) -> Result<(), EmitError> {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Ok(()) };
    let mut hoisted = Map::new();
    for (name, schema) in schemas.iter_mut() {
        if let Some(word) = unsupported(schema) {
            let message = format!("`{word}` has no counterpart in the client: use one object, an enum, or `| null`");
            return Err(EmitError::Unsupported { place: name.clone(), message });
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (property, schema) in properties {
                if property.contains(['\'', '\\', '\n']) {
                    let message = format!("the property `{property}` cannot be written in TypeScript: rename it");
                    return Err(EmitError::Unsupported { place: name.clone(), message });
                }
                hoist(schema, &format!("{name}{}", type_part(property)), names, &mut hoisted);
            }
        }
        for inner in ["items", "additionalProperties"] {
            if let Some(schema) = schema.get_mut(inner) {
                hoist(schema, &format!("{name}Item"), names, &mut hoisted);
            }
        }
    }
    schemas.extend(hoisted);
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
    let reference = json!({
        "allOf": [{ "$ref": format!("#/components/schemas/{name}") }],
        "nullable": schema.get("nullable").cloned().unwrap_or(json!(false)),
        "description": schema.get("description").cloned().unwrap_or(json!("")),
    });
    let mut whole = std::mem::replace(schema, reference);
    if let Value::Object(parts) = &mut whole {
        parts.remove("nullable");
        parts.remove("default");
    }
    if let Some(Value::Array(values)) = whole.get_mut("enum") {
        values.retain(|value| !value.is_null());
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

/// Marks the schemas' names and keeps comments from ending early.
fn rewrite(document: &mut Value) {
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        let marked = std::mem::take(schemas).into_iter().map(|(name, schema)| (format!("{PREFIX}{name}"), schema));
        *schemas = marked.collect();
    }
    rewrite_inside(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace("\n  ", "\n");
        }
    }
}

/// Text that can stand in a comment at this indentation.
fn comment_text(text: &str, indentation: &str) -> String {
    let line_break = format!("\n{indentation} * ");
    text.trim().replace("*/", "*\\/").replace('\n', &line_break)
}

fn rewrite_inside(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(rewrite_inside),
        Value::Object(parts) => {
            for (word, value) in parts {
                match value {
                    Value::String(text) if word == "$ref" => {
                        *text = text.replace("#/components/schemas/", &format!("#/components/schemas/{PREFIX}"));
                    }
                    Value::String(text) if ["description", "summary", "x-comment"].contains(&word.as_str()) => {
                        *text = comment_text(text, "  ");
                    }
                    other => rewrite_inside(other),
                }
            }
        }
        _ => {}
    }
}

fn escape(path: &str) -> String {
    path.replace('~', "~0").replace('/', "~1")
}
