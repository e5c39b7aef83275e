//! The body of a request, from its root to its leaves.

use httpfile::Location;
use openapi::{Body, Kind, Media, Request, Schema};
use serde_json::{Value, json};

use super::lists::{full, miscounted};
use super::values::Variant;
use super::{Aim, Probes, place, plausible, template};
use crate::prove::rules::Undeclared;

const NO_JSON: &str = "the body of the operation's own request cannot be read as JSON";
const NO_VALUE: &str = "no request shows a value, and none that is allowed comes to mind";

/// Where a value stands, and in which body.
#[derive(Clone)]
struct At<'v> {
    /// From the root to it.
    path: Vec<String>,
    /// The whole body.
    root: &'v Value,
    /// Whether the request itself does not have it.
    made: bool,
    /// The named schemas that it is inside of: one of them again would show nothing new.
    inside: Vec<String>,
}

impl Probes<'_> {
    pub(super) fn body(&mut self) {
        let Some(content) = &self.operation.body else { return };
        let (request, location) = (&self.primary.request, content.location);
        if self.aim == Aim::Refused {
            let other_media = place::with_header(request, "Content-Type", Some("text/plain"));
            self.expect("a body of another media type", location, &[415], other_media);
            if matches!(content.media, Media::Json(_)) {
                self.expect("a body that is no JSON", location, &[400, 422], Ok(place::with_body(request, "{")));
                let nothing = Request { body: None, ..request.clone() };
                self.expect("without a body", location, &[400, 422], Ok(nothing));
            }
        }
        let Media::Json(schema) = &content.media else { return };
        let body = match &request.body {
            Some(Body::Text(text)) => template::parsed(self.primary, text),
            _ => None,
        };
        match body {
            Some(body) => {
                let at = At { path: Vec::new(), root: &body, made: false, inside: Vec::new() };
                self.inside(schema, &body, &at);
            }
            None => self.gap("the constraints of the body", location, NO_JSON),
        }
    }

    /// Requests that differ in one value of the body, and in what it holds.
    fn inside(&mut self, schema: &Schema, value: &Value, at: &At<'_>) {
        let mut at = at.clone();
        if let Kind::Reference(name) = &schema.kind {
            if at.inside.contains(name) {
                return;
            }
            at.inside.push(name.clone());
        }
        let resolved = self.contract.resolve(schema).clone();
        let valid = self.known(value);
        // What a variable holds when the request is sent is not known here.
        let sent = (!at.made && valid == *value).then_some(value);
        let mut variants = self.variants(schema, &valid, sent, true);
        variants.extend(match self.aim {
            Aim::Refused => miscounted(self.contract, schema, value),
            Aim::Taken | Aim::Understood => full(self.contract, schema, value, &|value| self.known(value)),
        });
        for Variant { what, value } in variants {
            self.with_value(&what, schema.location, &at, value.map(Some));
        }
        match (&resolved.kind, value) {
            (Kind::Object(properties), Value::Object(entries)) => {
                self.undeclared(resolved.location, entries, &at);
                for (name, property) in properties {
                    let there = entries.get(name);
                    let below = At { path: [&at.path[..], std::slice::from_ref(name)].concat(), ..at.clone() };
                    if let Some(absence) = self.absence(property.required).filter(|_| there.is_some()) {
                        self.with_value(absence, property.schema.location, &below, Ok(None));
                    }
                    match there {
                        Some(there) => self.inside(&property.schema, there, &below),
                        None if at.made => {}
                        None => self.made(&property.schema, below),
                    }
                }
            }
            (Kind::Array { items, .. }, Value::Array(values)) if !values.is_empty() => {
                at.path.push("0".to_owned());
                self.inside(items, &values[0], &at);
            }
            (Kind::Map { values: Some(values), .. }, Value::Object(entries)) => {
                if let Some((key, value)) = entries.iter().next() {
                    at.path.push(key.clone());
                    self.inside(values, value, &at);
                }
            }
            _ => {}
        }
    }

    /// The same for what the request could have and does not: a value is made for it.
    fn made(&mut self, schema: &Schema, at: At<'_>) {
        let word = &self.operation.id;
        let value =
            plausible(self.contract, schema, word).or_else(|| crate::mock::possible(self.contract, schema, word));
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return self.gap(&format!("the constraints of {}", shown(&at.path)), schema.location, NO_VALUE);
        };
        let mut root = at.root.clone();
        put(&mut root, &at.path, Some(value.clone()));
        self.inside(schema, &value, &At { root: &root, made: true, ..at });
    }

    /// A field that the contract does not have, where those are refused.
    fn undeclared(&mut self, location: Location, entries: &serde_json::Map<String, Value>, at: &At<'_>) {
        if self.aim == Aim::Refused && self.rules.undeclared.contains(&Undeclared::Body) {
            let mut more = entries.clone();
            more.insert("undeclared".to_owned(), json!(1));
            self.with_value("has a field that is not declared", location, at, Ok(Some(Value::Object(more))));
        }
    }

    /// A request whose body differs in the value at a place.
    fn with_value(&mut self, what: &str, location: Location, at: &At<'_>, value: Result<Option<Value>, &'static str>) {
        let request = value.map(|value| {
            let mut body = at.root.clone();
            put(&mut body, &at.path, value);
            place::with_body(&self.primary.request, &template::written(&body))
        });
        self.vary(&format!("{} {what}", shown(&at.path)), location, request);
    }
}

/// Puts a value at the end of a path, or takes away what is there.
fn put(body: &mut Value, path: &[String], value: Option<Value>) {
    match (path, body) {
        ([], body) => *body = value.unwrap_or(Value::Null),
        ([name], Value::Object(entries)) => match value {
            Some(value) => drop(entries.insert(name.clone(), value)),
            None => drop(entries.shift_remove(name)),
        },
        ([name, rest @ ..], Value::Object(entries)) => {
            entries.get_mut(name).into_iter().for_each(|inner| put(inner, rest, value.clone()));
        }
        ([index, rest @ ..], Value::Array(items)) => {
            let item = index.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.into_iter().for_each(|inner| put(inner, rest, value.clone()));
        }
        _ => {}
    }
}

/// `files[0].size`
fn shown(path: &[String]) -> String {
    let text = path.iter().fold(String::new(), |text, step| match step.parse::<usize>() {
        Ok(index) => format!("{text}[{index}]"),
        Err(_) if text.is_empty() => step.clone(),
        Err(_) => format!("{text}.{step}"),
    });
    if text.is_empty() { "the body".to_owned() } else { format!("`{text}`") }
}
