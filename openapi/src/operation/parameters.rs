//! Path, query and header parameters.

use httpfile::{Declaration, Diagnostic, Location};
use serde_json::Value;

use super::{Assembler, Check, Checked};
use crate::codes;
use crate::conformance::value_of_text;
use crate::group::Group;
use crate::infer::{Place, Registry, path_text, text_kind};
use crate::lower::RequestLine;
use crate::lower::url::Segment;
use crate::model::{Kind, Parameter, ParameterPlace, Schema};
use crate::nearest::nearest;
use crate::schemas::MAX_ALIASES;

/// Headers that every HTTP message may carry. None of them is a parameter.
const NO_PARAMETERS: [&str; 14] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "transfer-encoding",
    "user-agent",
];

/// What one request sends for a parameter.
struct Sent {
    values: Vec<String>,
    location: Location,
}

impl Assembler<'_> {
    pub(super) fn parameters(&mut self, group: &Group) -> Vec<Parameter> {
        let declared = self.declared_parameters(group);
        let mut parameters = Vec::new();
        for (at, segment) in group.url.segments.iter().enumerate() {
            let Segment::Variable(name) = segment else { continue };
            let sent = group.examples().filter_map(|r| path_value(r, at)).collect();
            let declaration = declared.iter().find(|(p, n, _)| *p == ParameterPlace::Path && n == name);
            parameters.push(self.parameter(group, ParameterPlace::Path, name, declaration.map(|d| d.2), sent));
        }
        for place in [ParameterPlace::Query, ParameterPlace::Header] {
            let of_place = declared.iter().filter(|(p, _, _)| *p == place);
            let mut names: Vec<(String, Option<&Declaration>)> =
                of_place.map(|(_, name, declaration)| (name.clone(), Some(*declaration))).collect();
            for name in group.examples().flat_map(|r| sent_names(r, place)) {
                if !names.iter().any(|(known, _)| same_name(place, known, &name)) {
                    names.push((name, None));
                }
            }
            for (name, declaration) in names {
                let sent = group.examples().filter_map(|r| sent_value(r, place, &name)).collect();
                parameters.push(self.parameter(group, place, &name, declaration, sent));
            }
        }
        parameters
    }

    /// The declarations of the primary request; those that cannot be are reported and left out.
    fn declared_parameters<'a>(&mut self, group: &Group<'_, 'a>) -> Vec<(ParameterPlace, String, &'a Declaration)> {
        let mut declared: Vec<(ParameterPlace, String, &Declaration)> = Vec::new();
        for (place, declaration) in &group.primary.parameters {
            let name = path_text(&declaration.path.value);
            let location = group.primary.file.at(declaration.path.span);
            if declared.iter().any(|(p, n, _)| p == place && same_name(*place, n, &name)) {
                let message = format!("the parameter `{name}` is declared twice");
                self.report(
                    Diagnostic::error(codes::DUPLICATE_NAME, location, message).help("remove one of the two lines"),
                );
                continue;
            }
            if let Some(diagnostic) = impossible(group, *place, &name, declaration, location) {
                self.report(diagnostic);
                continue;
            }
            declared.push((*place, name, declaration));
        }
        declared
    }

    fn parameter(
        &mut self,
        group: &Group,
        place: ParameterPlace,
        name: &str,
        declaration: Option<&Declaration>,
        sent: Vec<Sent>,
    ) -> Parameter {
        let location = match declaration {
            Some(declaration) => group.primary.file.at(declaration.path.span),
            None => sent.first().map_or_else(|| group.primary.location(), |s| s.location),
        };
        let mut schema = match declaration {
            Some(declaration) => {
                let bare = Place::bare(name, location);
                self.registry.declared_schema(group.primary.file.id, declaration, &bare)
            }
            None => inferred(&sent, location),
        };
        let description = schema.description.take();
        let mut example = None;
        for sent in &sent {
            let value = typed(&self.registry, &schema, &sent.values);
            example.get_or_insert_with(|| value.clone());
            let value = Checked::Parameter { name: name.to_owned(), value, location: sent.location };
            self.checks.push(Check { schema: schema.clone(), value });
        }
        let required = place == ParameterPlace::Path || declaration.is_some_and(|d| !d.optional);
        Parameter { place, name: name.to_owned(), required, description, schema, example, location }
    }
}

/// What values that were sent show. A key that is sent more than once has an array of values.
fn inferred(sent: &[Sent], location: Location) -> Schema {
    let kind = text_kind(sent.iter().flat_map(|s| &s.values).map(String::as_str));
    let value = Schema::new(kind, location);
    if sent.iter().all(|sent| sent.values.len() < 2) {
        return value;
    }
    Schema::new(Kind::Array { items: Box::new(value), min_items: None, max_items: None }, location)
}

/// Why a declaration cannot be.
fn impossible(
    group: &Group,
    place: ParameterPlace,
    name: &str,
    declaration: &Declaration,
    location: Location,
) -> Option<Diagnostic> {
    if place == ParameterPlace::Header && NO_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) {
        let message = format!("the header `{name}` is never a parameter");
        let help = match name.to_ascii_lowercase().as_str() {
            "cookie" => "cookies are not supported; send a bearer token with `@security`, or a header of another name",
            _ => "remove the line; `@security` and `@body` say what such headers carry",
        };
        return Some(Diagnostic::error(codes::MISPLACED_TAG, location, message).help(help));
    }
    if place != ParameterPlace::Path {
        return None;
    }
    let variables =
        group.url.segments.iter().filter_map(|s| if let Segment::Variable(v) = s { Some(v.as_str()) } else { None });
    let variables: Vec<&str> = variables.collect();
    if !variables.contains(&name) {
        let message = format!("`{}` has no variable `{{{{{name}}}}}`", group.url.template());
        let help = match nearest(name, variables.iter().copied()).or(variables.first().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "write the variable into the URL, or remove the line".to_owned(),
        };
        return Some(Diagnostic::error(codes::UNKNOWN_NAME, location, message).help(help));
    }
    declaration.optional.then(|| {
        Diagnostic::error(codes::UNSUPPORTED_TYPE, location, format!("the path parameter `{name}` cannot be optional"))
            .help("remove the `?`; a path without it is another operation")
    })
}

fn same_name(place: ParameterPlace, a: &str, b: &str) -> bool {
    if place == ParameterPlace::Header { a.eq_ignore_ascii_case(b) } else { a == b }
}

fn path_value(request: &RequestLine, at: usize) -> Option<Sent> {
    let value = match request.url.as_ref()?.segments.get(at)? {
        Segment::Literal(text) => {
            let text = request.file.scope.resolve(text);
            let pair = format!("v={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, v)| v.into_owned())?
        }
        Segment::Variable(name) => request.file.scope.get(name).ok()?,
    };
    Some(Sent { values: vec![value], location: request.file.at(request.request.url.span) })
}

fn sent_names(request: &RequestLine, place: ParameterPlace) -> Vec<String> {
    if place == ParameterPlace::Query {
        return request.url.iter().flat_map(|u| &u.query).map(|(key, _)| key.clone()).collect();
    }
    let headers = request.request.headers.iter().map(|h| h.name.value.clone());
    headers.filter(|name| !NO_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())).collect()
}

fn sent_value(request: &RequestLine, place: ParameterPlace, name: &str) -> Option<Sent> {
    if place == ParameterPlace::Header {
        let (value, location) = request.header(name)?;
        return Some(Sent { values: vec![value], location });
    }
    let query = &request.url.as_ref()?.query;
    let values: Vec<String> =
        query.iter().filter(|(key, _)| key == name).map(|(_, value)| request.file.scope.resolve(value)).collect();
    let location = request.file.at(request.request.url.span);
    (!values.is_empty()).then_some(Sent { values, location })
}

/// The JSON value that a text means to a schema; the text itself where it means none.
fn typed(registry: &Registry, schema: &Schema, values: &[String]) -> Value {
    let mut kind = &schema.kind;
    // A longer row of names is reported elsewhere.
    for _ in 0..=MAX_ALIASES {
        let Kind::Reference(name) = kind else { break };
        let Some(named) = registry.schemas.get(name) else { break };
        kind = &named.schema.kind;
    }
    match kind {
        Kind::Array { items, .. } => {
            values.iter().map(|value| typed(registry, items, std::slice::from_ref(value))).collect()
        }
        kind => value_of_text(kind, values.first().map_or("", String::as_str)),
    }
}
