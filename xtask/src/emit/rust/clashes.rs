//! Names that the contract tells apart and Rust does not.

use std::collections::BTreeMap;

use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaKind, Type};

use super::model::{Operation, unsupported};
use super::names::{field_name, type_name};
use crate::emit::{EmitError, all};

/// Methods that every client has.
const OF_THE_CLIENT: [&str; 3] = ["builder", "base_url", "clone"];

/// Types that the code of every call names, beside the type that the call itself becomes.
const BESIDE_A_CALL: [&str; 12] =
    ["Body", "Call", "Client", "DeclaredError", "Err", "Error", "Ok", "Option", "Response", "Result", "String", "Vec"];

/// Methods that every call has.
const OF_A_CALL: [&str; 2] = ["new", "send"];

/// Refuses names that would meet in the generated code.
pub fn check(document: &OpenAPI, operations: &[Operation<'_>]) -> Result<(), EmitError> {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let types = schemas.clone().map(|(name, _)| (name.as_str(), type_name(name)));
    let methods = operations.iter().map(|operation| (operation.id, operation.method_name()));
    let mut results = vec![distinct(types, "type", str::to_owned)];
    results.extend(schemas.map(|(name, schema)| fields(schema, name)));
    results.push(distinct(methods, "method", str::to_owned));
    results.extend(operations.iter().map(call));
    all(results).map(drop)
}

/// The fields of an object, and of those in it.
fn fields(schema: &ReferenceOr<Schema>, place: &str) -> Result<(), EmitError> {
    let ReferenceOr::Item(Schema { schema_kind: SchemaKind::Type(Type::Object(object)), .. }) = schema else {
        return Ok(());
    };
    let names = object.properties.keys().map(|name| (name.as_str(), field_name(name)));
    let mut results = vec![distinct(names, "field", |name| format!("{place}.{name}"))];
    let inner = object.properties.iter();
    results.extend(inner.map(|(name, schema)| fields(&schema.clone().unbox(), &format!("{place}.{name}"))));
    all(results).map(drop)
}

fn call(operation: &Operation<'_>) -> Result<(), EmitError> {
    let method = operation.method_name();
    if OF_THE_CLIENT.contains(&method.as_str()) {
        let message = format!("every client has a method `{method}`; rename the operation");
        return Err(unsupported(operation.id, &message));
    }
    let call = type_name(operation.id);
    if BESIDE_A_CALL.contains(&call.as_str()) {
        return Err(unsupported(operation.id, &format!("every call needs the type `{call}`; rename the operation")));
    }
    let replies = operation.successes.iter().chain(&operation.errors);
    let headers = replies.map(|reply| {
        let names = reply.response.headers.keys().map(|name| (name.as_str(), field_name(name)));
        distinct(names, "field", |name| format!("{} {} {name}", operation.id, reply.status))
    });
    all([parameters(operation)].into_iter().chain(headers)).map(drop)
}

fn parameters(operation: &Operation<'_>) -> Result<(), EmitError> {
    let taken = OF_A_CALL.map(|name| ("the call itself", name.to_owned()));
    let body = operation.body.iter().map(|_| ("the body", "body".to_owned()));
    let names = operation.parameters.iter().map(|parameter| {
        let name = parameter.parameter_data_ref().name.as_str();
        (name, field_name(name))
    });
    distinct(taken.into_iter().chain(body).chain(names), "method", |name| format!("{}.{name}", operation.id))
}

/// Refuses every name that gives the same in Rust as one before it; `place` says where a name stands.
fn distinct<'a>(
    names: impl Iterator<Item = (&'a str, String)>,
    kind: &str,
    place: impl Fn(&str) -> String,
) -> Result<(), EmitError> {
    let mut seen = BTreeMap::new();
    all(names.map(|(name, rust)| match seen.insert(rust.clone(), name) {
        None => Ok(()),
        Some(other) => {
            let message = format!("`{other}` and `{name}` both give the Rust {kind} `{rust}`; rename one");
            Err(unsupported(&place(name), &message))
        }
    }))
    .map(drop)
}
