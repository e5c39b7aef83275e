//! Names that the contract tells apart and Rust does not.

use std::collections::BTreeMap;

use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaKind, Type};

use super::model::{Operation, unsupported};
use super::names::{field_name, type_name};
use crate::emit::EmitError;

/// Methods that every client has.
const OF_THE_CLIENT: [&str; 3] = ["builder", "base_url", "clone"];

/// Types that the code of every call names, beside the type that the call itself becomes.
const BESIDE_A_CALL: [&str; 12] =
    ["Body", "Call", "Client", "DeclaredError", "Err", "Error", "Ok", "Option", "Response", "Result", "String", "Vec"];

/// Methods that every call has.
const OF_A_CALL: [&str; 2] = ["new", "send"];

/// Refuses names that would meet in the generated code.
pub fn check(document: &OpenAPI, operations: &[Operation<'_>]) -> Result<(), EmitError> {
    let schemas = document.components.iter().flat_map(|components| components.schemas.keys());
    distinct(schemas.map(|name| (name.as_str(), type_name(name))), "the schemas", "type")?;
    for (name, schema) in document.components.iter().flat_map(|components| &components.schemas) {
        fields(schema, name)?;
    }
    distinct(operations.iter().map(|operation| (operation.id, operation.method_name())), "the operations", "method")?;
    for operation in operations {
        let method = operation.method_name();
        if OF_THE_CLIENT.contains(&method.as_str()) {
            return Err(unsupported(
                operation.id,
                &format!("every client has a method `{method}`; rename the operation"),
            ));
        }
        let call = type_name(operation.id);
        if BESIDE_A_CALL.contains(&call.as_str()) {
            return Err(unsupported(
                operation.id,
                &format!("every call needs the type `{call}`; rename the operation"),
            ));
        }
        parameters(operation)?;
        for reply in operation.successes.iter().chain(&operation.errors) {
            let headers = reply.response.headers.keys().map(|name| (name.as_str(), field_name(name)));
            distinct(headers, &format!("{} {}", operation.id, reply.status), "field")?;
        }
    }
    Ok(())
}

/// The fields of an object, and of those in it.
fn fields(schema: &ReferenceOr<Schema>, place: &str) -> Result<(), EmitError> {
    let ReferenceOr::Item(Schema { schema_kind: SchemaKind::Type(Type::Object(object)), .. }) = schema else {
        return Ok(());
    };
    distinct(object.properties.keys().map(|name| (name.as_str(), field_name(name))), place, "field")?;
    object.properties.iter().try_for_each(|(name, schema)| fields(&schema.clone().unbox(), &format!("{place}.{name}")))
}

fn parameters(operation: &Operation<'_>) -> Result<(), EmitError> {
    let names = operation.parameters.iter().map(|parameter| {
        let name = parameter.parameter_data_ref().name.as_str();
        (name, field_name(name))
    });
    let body = operation.body.iter().map(|_| ("the body", "body".to_owned()));
    let taken = OF_A_CALL.map(|name| ("the call itself", name.to_owned()));
    distinct(names.chain(body).chain(taken), operation.id, "method")
}

fn distinct<'a>(names: impl Iterator<Item = (&'a str, String)>, place: &str, kind: &str) -> Result<(), EmitError> {
    let mut seen = BTreeMap::new();
    for (name, rust) in names {
        if let Some(other) = seen.insert(rust.clone(), name) {
            let message = format!("`{other}` and `{name}` both give the Rust {kind} `{rust}`; rename one");
            return Err(unsupported(place, &message));
        }
    }
    Ok(())
}
