//! The document that progenitor gets, made from the precise one.
//!
//! Progenitor takes one success type and one error type for an operation, and reads an answer's body before it says
//! what the status was. Here every answer becomes a stream of bytes, the one type that holds them all; the typed face
//! (`operations.rs`, `errors.rs`) decodes it by its status, so that a proxy's page keeps its status and its headers.

use openapiv3::{
    MediaType, OpenAPI, ReferenceOr, Response, Schema, SchemaKind, StatusCode, StringFormat, StringType, Type,
};
use serde_json::Value;

use super::{docs, parameters};
use crate::emit::{EmitError, without_null_in_enums};

/// The media type of an answer whose body progenitor hands over unread.
const RAW: &str = "application/octet-stream";

/// The document for progenitor.
pub fn derive(document: &OpenAPI) -> Result<OpenAPI, EmitError> {
    let mut document = with_safe_prose(document)?;
    let components = document.components.clone();
    for (_, item) in &mut document.paths.paths {
        let ReferenceOr::Item(item) = item else { continue };
        let shared = std::mem::take(&mut item.parameters);
        for operation in operations_mut(item) {
            operation.parameters.splice(0..0, shared.clone());
            for parameter in &mut operation.parameters {
                if let ReferenceOr::Item(parameter) = parameter {
                    parameters::with_times_as_text(parameter, components.as_ref());
                }
            }
            for (_, response) in &mut operation.responses.responses {
                *response = ReferenceOr::Item(raw_response());
            }
            // Without any error progenitor would choose another error type than for the other operations.
            let error = StatusCode::Code(500);
            operation.responses.responses.entry(error).or_insert_with(|| ReferenceOr::Item(raw_response()));
        }
    }
    Ok(document)
}

fn operations_mut(item: &mut openapiv3::PathItem) -> impl Iterator<Item = &mut openapiv3::Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ]
    .into_iter()
    .flatten()
}

fn raw_response() -> Response {
    Response { content: [(RAW.to_owned(), raw_media_type())].into_iter().collect(), ..Response::default() }
}

fn raw_media_type() -> MediaType {
    let binary =
        StringType { format: openapiv3::VariantOrUnknownOrEmpty::Item(StringFormat::Binary), ..Default::default() };
    let schema = Schema { schema_data: Default::default(), schema_kind: SchemaKind::Type(Type::String(binary)) };
    MediaType { schema: Some(ReferenceOr::Item(schema)), ..Default::default() }
}

/// Typify would take a lower bound for a reason to say `NonZeroU64`, and check no other bound of a number: numbers are
/// plain here, and the server checks them.
fn without_bounds(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_bounds),
        Value::Object(members) => {
            if members.get("type").is_some_and(|ty| ty == "integer" || ty == "number") {
                for bound in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] {
                    members.remove(bound);
                }
            }
            members.values_mut().for_each(without_bounds);
        }
        _ => {}
    }
}

/// Progenitor copies prose into doc comments as it stands: what rustdoc would take for a test is defused first.
fn with_safe_prose(document: &OpenAPI) -> Result<OpenAPI, EmitError> {
    let failed = |error| EmitError::unsupported("the document", format!("it cannot be copied: {error}"));
    let mut value = serde_json::to_value(document).map_err(failed)?;
    defuse(&mut value);
    without_bounds(&mut value);
    without_null_in_enums(&mut value);
    serde_json::from_value(value).map_err(failed)
}

fn defuse(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(defuse),
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "description" || key == "summary" => *text = docs::prose(text),
                    other => defuse(other),
                }
            }
        }
        _ => {}
    }
}
