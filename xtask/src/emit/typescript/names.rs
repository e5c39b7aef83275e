//! What things are called in TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToLowerCamelCase, ToUpperCamelCase};
use openapiv3::{OpenAPI, Parameter, ParameterData};

use super::operations::operations;

/// Names that a schema cannot have: what the package exports itself, and globals that a type of this name would hide.
const RESERVED: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "BinaryBody",
    "Blob",
    "Boolean",
    "Call",
    "CallOptions",
    "Client",
    "ClientOptions",
    "ConnectionError",
    "Date",
    "Error",
    "Function",
    "Guard",
    "Headers",
    "JsonObject",
    "JsonValue",
    "Map",
    "Number",
    "Object",
    "Promise",
    "ReadableStream",
    "Record",
    "Reply",
    "ReplyHeaders",
    "Request",
    "Response",
    "ResponseError",
    "Set",
    "String",
    "Symbol",
    "Token",
    "Uint8Array",
];

/// The TypeScript name of each schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeNames(BTreeMap<String, String>);

impl TypeNames {
    /// A schema keeps its name unless that is taken; then `Model` is appended.
    #[must_use]
    pub fn new(document: &OpenAPI) -> Self {
        let mut taken: BTreeSet<String> = RESERVED.iter().map(|&name| name.to_owned()).collect();
        for operation in operations(document) {
            taken.extend(["Params", "Reply", "Errors"].map(|suffix| format!("{}{suffix}", type_prefix(operation.id))));
        }
        let schemas: Vec<&String> = document.components.iter().flat_map(|all| all.schemas.keys()).collect();
        let (clashing, free): (Vec<&String>, Vec<&String>) =
            schemas.into_iter().partition(|name| taken.contains(*name));
        let mut names: BTreeMap<String, String> = free.into_iter().map(|name| (name.clone(), name.clone())).collect();
        taken.extend(names.keys().cloned());
        for schema in clashing {
            let mut name = format!("{schema}Model");
            while !taken.insert(name.clone()) {
                name.push_str("Model");
            }
            names.insert(schema.clone(), name);
        }
        Self(names)
    }

    /// The name of a schema.
    #[must_use]
    pub fn get<'a>(&'a self, schema: &'a str) -> &'a str {
        self.0.get(schema).map_or(schema, String::as_str)
    }

    /// A free name close to the wanted one, for a type that has no schema of its own.
    pub fn add(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while RESERVED.contains(&name.as_str())
            || self.0.contains_key(&name)
            || self.0.values().any(|used| *used == name)
        {
            name.push_str("Value");
        }
        self.0.insert(name.clone(), name.clone());
        name
    }
}

/// `createSession` gives `CreateSession`, the beginning of `CreateSessionParams` and `isCreateSessionError`.
#[must_use]
pub fn type_prefix(operation_id: &str) -> String {
    let mut letters = operation_id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A part of the name of a type, from the name of a property.
#[must_use]
pub fn type_part(property: &str) -> String {
    property.to_upper_camel_case()
}

/// The property of the parameter object for each parameter: camel case, and `body` is the body's.
#[must_use]
pub fn property_names(parameters: &[&Parameter]) -> Vec<String> {
    let mut taken = BTreeSet::from(["body".to_owned()]);
    let mut names = Vec::new();
    for parameter in parameters {
        let (data, place) = parts(parameter);
        let mut name = data.name.to_lower_camel_case();
        if !name.starts_with(|c: char| c.is_alphabetic()) {
            name.insert(0, '_');
        }
        while !taken.insert(name.clone()) {
            name.push_str(place);
        }
        names.push(name);
    }
    names
}

/// What all parameters have, and where this one stands.
#[must_use]
pub fn parts(parameter: &Parameter) -> (&ParameterData, &'static str) {
    match parameter {
        Parameter::Query { parameter_data, .. } => (parameter_data, "Query"),
        Parameter::Header { parameter_data, .. } => (parameter_data, "Header"),
        Parameter::Path { parameter_data, .. } => (parameter_data, "Path"),
        Parameter::Cookie { parameter_data, .. } => (parameter_data, "Cookie"),
    }
}

/// Whether a name can stand in TypeScript without quotes.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}
