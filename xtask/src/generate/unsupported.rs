//! What a target cannot express, shown where the request files say it.

use httpfile::{Code, Diagnostic, Location};
use openapi::{Contract, Kind};

use crate::emit::Unsupported;

/// A part of the contract that a target cannot express.
pub const UNSUPPORTED_BY_TARGET: Code = Code("unsupported-by-target");

/// What the target called `title` cannot express, each at its place.
pub(crate) fn diagnostics(contract: &Contract, title: &str, help: &str, found: &[Unsupported]) -> Vec<Diagnostic> {
    let diagnostic = |unsupported: &Unsupported| {
        let location = locate(contract, &unsupported.place);
        Diagnostic::error(UNSUPPORTED_BY_TARGET, location, format!("{title}: {unsupported}")).help(help)
    };
    found.iter().map(diagnostic).collect()
}

/// Where the part of the document is written that an emitter names; at `@api`, what has no place of its own.
fn locate(contract: &Contract, place: &str) -> Location {
    in_operation(contract, place).or_else(|| in_schema(contract, place)).unwrap_or(contract.location)
}

fn in_operation(contract: &Contract, place: &str) -> Option<Location> {
    let (id, rest) = place.split_at(place.find(['.', ' ']).unwrap_or(place.len()));
    let operation = contract.operations.iter().find(|operation| {
        operation.id == id || operation.path == place || format!("{} {}", operation.method, operation.path) == place
    })?;
    let parameter = rest.strip_prefix('.').and_then(|name| operation.parameters.iter().find(|it| it.name == name));
    let answer = rest.strip_prefix(' ').and_then(|answer| {
        let (status, header) = answer.split_once(' ').unwrap_or((answer, ""));
        let response = operation.responses.iter().find(|response| response.status.to_string() == status)?;
        let header = response.headers.iter().find(|it| it.name == header);
        Some(header.map_or(response.location, |header| header.location))
    });
    Some(parameter.map(|parameter| parameter.location).or(answer).unwrap_or(operation.location))
}

fn in_schema(contract: &Contract, place: &str) -> Option<Location> {
    let mut names = place.split('.');
    let named = contract.schemas.get(names.next()?)?;
    let (mut schema, mut location) = (&named.schema, named.location);
    for name in names {
        let Kind::Object(properties) = &schema.kind else { break };
        let Some(property) = properties.get(name.trim_end_matches("[]")) else { break };
        schema = &property.schema;
        location = schema.location;
    }
    Some(location)
}
