//! What the README says of errors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use openapiv3::{OpenAPI, ReferenceOr, Response, Schema, SchemaKind, Type};

use super::example::resolve;
use super::names::TypeNames;
use super::operations::{Endpoint, operations, responses};
use super::readme::guard;
use crate::names::Names;

/// The section on errors, with the most telling error of the document as its example.
pub fn error_example(document: &OpenAPI, names: &Names) -> String {
    let mut text = String::from(include_str!("templates/readme-errors.md"));
    if let Some((endpoint, code, property)) = most_telling(document) {
        let guard = guard(&endpoint);
        let property = property.map(|name| format!(".{name}")).unwrap_or_default();
        let _ = write!(
            text,
            "\n```ts\nimport {{ ConnectionError, ResponseError, {guard} }} from '{}';\n\n\
             export function explain(error: unknown): string {{\n  if ({guard}(error, {code})) {{\n    \
             return `answered {code}: ${{JSON.stringify(error.body{property})}}`;\n  }}\n  \
             if (error instanceof ResponseError) {{\n    return `answered ${{error.status}}: ${{error.message}}`;\n  }}\n  \
             if (error instanceof ConnectionError) {{\n    return 'there was no answer';\n  }}\n  throw error;\n}}\n```\n",
            names.typescript
        );
    }
    text.push('\n');
    text
}

/// The error whose body the fewest others have; of that, the last property that is always there.
fn most_telling(document: &OpenAPI) -> Option<(Endpoint<'_>, u16, Option<&str>)> {
    let endpoints = operations(document);
    let errors: Vec<(Endpoint<'_>, u16, &ReferenceOr<Schema>)> = endpoints
        .iter()
        .flat_map(|endpoint| responses(endpoint).map(move |(code, response)| (*endpoint, code, response)))
        .filter(|(_, code, _)| *code >= 400)
        .filter_map(|(endpoint, code, response)| Some((endpoint, code, json_schema(response)?)))
        .collect();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, schema) in &errors {
        *uses.entry(reference(schema)).or_default() += 1;
    }
    let (endpoint, code, schema) =
        errors.into_iter().min_by_key(|(_, _, schema)| uses.get(reference(schema)).copied())?;
    let property = match &resolve(schema, document)?.schema_kind {
        SchemaKind::Type(Type::Object(object)) => object.required.last().map(String::as_str),
        _ => None,
    };
    Some((endpoint, code, property.filter(|name| super::names::is_identifier(name))))
}

fn json_schema(response: &Response) -> Option<&ReferenceOr<Schema>> {
    response.content.get("application/json")?.schema.as_ref()
}

fn reference(schema: &ReferenceOr<Schema>) -> &str {
    match schema {
        ReferenceOr::Reference { reference } => reference.trim_start_matches("#/components/schemas/"),
        ReferenceOr::Item(_) => "",
    }
}

/// The errors of one operation.
pub fn error_table(endpoint: &Endpoint<'_>, types: &TypeNames) -> String {
    let errors: Vec<(u16, &Response)> = responses(endpoint).filter(|(code, _)| *code >= 300).collect();
    if errors.is_empty() {
        return "It declares no errors.\n\n".to_owned();
    }
    let mut text = format!("| `{}(error, …)` | `error.body` | when |\n| --- | --- | --- |\n", guard(endpoint));
    for (code, response) in errors {
        let when = response.description.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(text, "| {code} | {} | {when} |", body(response, types));
    }
    text.push('\n');
    text
}

fn body(response: &Response, types: &TypeNames) -> String {
    match json_schema(response).map(reference) {
        Some("") => "JSON".to_owned(),
        Some(schema) => format!("`{}`", types.get(schema)),
        None if response.content.is_empty() => "`undefined`".to_owned(),
        None => "`Blob`".to_owned(),
    }
}
