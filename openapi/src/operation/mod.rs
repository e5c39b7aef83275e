//! One operation from the requests of its group.

mod body;
mod parameters;
mod responses;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use heck::ToUpperCamelCase;
use httpfile::{Diagnostic, Location};
use serde_json::Value;

use crate::codes;
use crate::group::Group;
use crate::infer::Registry;
use crate::lower::{Files, RequestLine};
use crate::model::{Body, Operation, Request, Sample, Schema};
use crate::text::Json;

/// A value and the schema that it must fit, once every schema is known.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) schema: Schema,
    pub(crate) value: Checked,
}

/// What is checked.
#[derive(Debug)]
pub(crate) enum Checked {
    /// A JSON document of the contract.
    Document(Rc<Json>),
    /// The value of a parameter.
    Parameter { name: String, value: Value, location: Location },
}

/// Turns groups of requests into operations.
pub(crate) struct Assembler<'s> {
    pub(crate) registry: Registry,
    pub(crate) files: &'s Files<'s>,
    pub(crate) checks: Vec<Check>,
}

/// What a body can be sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MediaKind {
    Json,
    Binary,
}

const METHODS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

impl Assembler<'_> {
    /// One operation; what is wrong with it is reported, and the rest of it still goes on.
    pub(crate) fn operation(&mut self, group: &Group) -> Operation {
        let primary = group.primary;
        self.check_method(primary);
        self.check_further(group);
        let name = group.id.to_upper_camel_case();
        let parameters = self.parameters(group);
        let body = self.body(group, &name);
        let responses = self.responses(group, &name);
        if !responses.iter().any(|r| (200..300).contains(&r.status)) && !primary.unreadable {
            self.report(
                Diagnostic::error(
                    codes::NO_SUCCESS,
                    group.operation_location(),
                    format!("`{}` never succeeds", group.id),
                )
                .help("add `# @response 200 Name - text`, or another status from 200 to 299"),
            );
        }
        let summary = primary.summary.or(primary.title).map(|t| t.value.clone());
        let reason =
            primary.deprecated.and_then(|(reason, _)| reason).map(|text| format!("Deprecated: {}", text.value));
        let description = primary.description.map(|t| t.value.clone()).or_else(|| primary.prose.clone());
        let description: Vec<String> = description.into_iter().chain(reason).collect();
        Operation {
            id: group.id.to_owned(),
            method: primary.request.method.value.clone(),
            path: group.url.template(),
            summary,
            description: (!description.is_empty()).then(|| description.join("\n\n")),
            tags: primary.tags.map_or_else(Vec::new, |(tags, _)| tags.iter().map(|t| t.value.clone()).collect()),
            security: primary.security.clone(),
            deprecated: primary.deprecated.is_some(),
            parameters,
            body,
            responses,
            location: primary.location(),
        }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.registry.diagnostics.push(diagnostic);
    }

    fn check_method(&mut self, primary: &RequestLine) {
        let method = &primary.request.method;
        if !METHODS.contains(&method.value.as_str()) {
            let message = format!("OpenAPI has no method `{}`", method.value);
            let location = primary.file.at(method.span);
            self.report(
                Diagnostic::error(codes::UNSUPPORTED_METHOD, location, message)
                    .help(format!("use one of {}", METHODS.join(", "))),
            );
        }
    }

    /// A further request is one more example; only the primary one declares.
    fn check_further(&mut self, group: &Group) {
        for request in group.requests.iter().filter(|r| !std::ptr::eq(**r, group.primary)) {
            let Some((tag, location)) = request.first_declaration() else { continue };
            let message =
                format!("`{tag}` belongs to the request that declares `{}`, and this is a further one", group.id);
            self.report(
                Diagnostic::error(codes::MISPLACED_TAG, location, message)
                    .also(group.primary.location(), "the operation is declared here")
                    .help("move the line there; a further request says `@expect status` and the JSON of its answer"),
            );
        }
    }

    fn media(&mut self, text: &str, location: Location) -> Option<MediaKind> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" => Some(MediaKind::Json),
            "application/octet-stream" => Some(MediaKind::Binary),
            _ => {
                let message = format!("`{text}` is not supported");
                self.report(
                    Diagnostic::error(codes::UNSUPPORTED_MEDIA_TYPE, location, message)
                        .help("use `application/json` or `application/octet-stream`"),
                );
                None
            }
        }
    }
}

impl<'r, 'a> Group<'r, 'a> {
    /// The requests that take part in inference and are examples, the primary one first.
    fn examples(&self) -> impl Iterator<Item = &'r RequestLine<'a>> + '_ {
        let primary = self.primary.is_example().then_some(self.primary);
        let further = self.requests.iter().copied().filter(|r| !std::ptr::eq(*r, self.primary) && r.is_example());
        primary.into_iter().chain(further)
    }

    /// Where the operation is declared.
    pub(crate) fn operation_location(&self) -> Location {
        self.primary.operation.map_or_else(|| self.primary.location(), |id| self.primary.file.at(id.span))
    }
}

/// The key of an example in the document; a request without test id and name gets a number.
fn example_key(group: &Group, request: &RequestLine) -> String {
    request.key().map_or_else(
        || {
            let at = group.requests.iter().position(|r| std::ptr::eq(*r, request)).unwrap_or_default();
            if at == 0 { group.id.to_owned() } else { format!("{}{}", group.id, at + 1) }
        },
        str::to_owned,
    )
}

/// The keys of examples that are taken, each with the number that it was last given.
#[derive(Default)]
struct Keys(HashMap<String, usize>);

impl Keys {
    /// Makes a key differ from those before it.
    fn unique(&mut self, key: String) -> String {
        let Some(mut number) = self.0.get(&key).copied() else {
            self.0.insert(key.clone(), 1);
            return key;
        };
        loop {
            number += 1;
            let numbered = format!("{key}-{number}");
            if !self.0.contains_key(&numbered) {
                self.0.insert(key, number);
                self.0.insert(numbered.clone(), 1);
                return numbered;
            }
        }
    }
}

/// The requests of an operation as they are run.
pub(crate) fn samples(group: &Group, operation: &Operation) -> Vec<Sample> {
    let success = operation.responses.iter().map(|r| r.status).find(|s| (200..300).contains(s)).unwrap_or(200);
    let sample = |request: &&RequestLine| {
        let body = request.request.body.as_ref().map(|body| match &body.file {
            Some(file) => Body::File(file.value.clone()),
            None => Body::Text(body.text.clone()),
        });
        let primary = std::ptr::eq(*request, group.primary);
        Sample {
            location: request.location(),
            file: request.file.path.to_owned(),
            name: request.name.map(|n| n.value.clone()),
            test_id: request.test_id.map(|n| n.value.clone()),
            title: request.title.map(|n| n.value.clone()),
            operation: operation.id.clone(),
            primary,
            expect: request.expect.as_ref().map_or(success, |e| e.status.value),
            within: request.within.map(Duration::from_secs),
            assertions: request.assertions.clone(),
            captures: request.captures.clone(),
            security: if primary { None } else { request.security.clone() },
            request: Request {
                method: request.request.method.value.clone(),
                url: request.request.url.value.clone(),
                headers: request
                    .request
                    .headers
                    .iter()
                    .map(|h| (h.name.value.clone(), h.value.value.clone()))
                    .collect(),
                body,
            },
            variables: request.file.scope.values.clone(),
        }
    };
    group.requests.iter().map(sample).collect()
}
