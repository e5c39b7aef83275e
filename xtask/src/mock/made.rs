//! A value for a schema that no example shows. The same schema always gets the same value.

use openapi::{Contract, Kind, Schema, StringFormat};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value, json};

use crate::prove::probes::plausible;

/// How deep objects are filled; below that, what may be left out is.
const MAX_DEPTH: usize = 8;

/// A value that a schema allows. Texts without a rule are `word`, or the name of their field.
pub fn value(contract: &Contract, schema: &Schema, word: &str) -> Value {
    possible(contract, schema, word).unwrap_or(Value::Null)
}

/// The same, or nothing where no value comes to mind.
pub fn possible(contract: &Contract, schema: &Schema, word: &str) -> Option<Value> {
    at_depth(contract, schema, word, 0)
}

fn at_depth(contract: &Contract, schema: &Schema, word: &str, depth: usize) -> Option<Value> {
    let resolved = contract.resolve(schema);
    let default = schema.default.as_ref().or(resolved.default.as_ref());
    let made = match (&resolved.kind, default) {
        (_, Some(default)) => Some(default.clone()),
        (Kind::Any, None) => Some(json!({})),
        (Kind::Object(properties), None) => {
            let mut members = Map::new();
            for (name, property) in properties {
                let wanted = property.required || depth < MAX_DEPTH / 2;
                let member = (wanted && depth < MAX_DEPTH)
                    .then(|| at_depth(contract, &property.schema, name, depth + 1))
                    .flatten();
                match member {
                    Some(member) => drop(members.insert(name.clone(), member)),
                    None if property.required => return nothing(schema, resolved),
                    None => {}
                }
            }
            Some(Value::Object(members))
        }
        (Kind::Array { items, min_items, max_items }, None) => {
            let count = min_items.unwrap_or(1).max(1).min(max_items.unwrap_or(usize::MAX));
            let item = at_depth(contract, items, word, depth + 1);
            match item {
                Some(item) => Some(Value::Array(vec![item; count])),
                None => (min_items.unwrap_or(0) == 0).then(|| json!([])),
            }
        }
        (Kind::Map { .. }, None) => Some(json!({})),
        (_, None) => scalar(contract, schema, resolved, word),
    };
    made.or_else(|| nothing(schema, resolved))
}

fn nothing(schema: &Schema, resolved: &Schema) -> Option<Value> {
    (schema.nullable || resolved.nullable).then_some(Value::Null)
}

fn scalar(contract: &Contract, schema: &Schema, resolved: &Schema, word: &str) -> Option<Value> {
    let Kind::String { format, pattern, .. } = &resolved.kind else { return plausible(contract, schema, word) };
    let known = match format {
        Some(StringFormat::Email) => Some("someone@example.org"),
        Some(StringFormat::Byte) => Some("ZXhhbXBsZQ=="),
        Some(StringFormat::Uri) => Some("https://example.org/"),
        _ => None,
    };
    let known = known.map(str::to_owned).into_iter();
    let patterned = pattern.iter().flat_map(|pattern| matching(pattern));
    let allowed = |value: &Value| contract.mismatches(schema, value).is_empty();
    known
        .map(Value::from)
        .find(allowed)
        .or_else(|| plausible(contract, schema, word))
        .or_else(|| patterned.map(Value::from).find(allowed))
}

/// Texts that a regular expression matches, from short to long.
pub fn matching(pattern: &str) -> Vec<String> {
    let parsed = openapi::pattern::translate(pattern).ok().and_then(|pattern| regex_syntax::parse(&pattern).ok());
    let Some(parsed) = parsed else { return Vec::new() };
    [1, 2, 4, 8, 16, 32, 64, 128, 256].iter().filter_map(|count| text(&parsed, *count)).collect()
}

/// A text that an expression matches, in which everything that may be repeated is, `count` times if it can.
fn text(expression: &Hir, count: u32) -> Option<String> {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(String::new()),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_owned),
        HirKind::Class(Class::Unicode(class)) => {
            let within = |c: &char| class.iter().any(|range| (range.start()..=range.end()).contains(c));
            let first = || class.iter().next().map(|range| range.start());
            ['a', 'A', '1', '0', '-'].into_iter().find(within).or_else(first).map(String::from)
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Repetition(repetition) => {
            let times = count.max(repetition.min).min(repetition.max.unwrap_or(u32::MAX));
            text(&repetition.sub, count).map(|once| once.repeat(times as usize))
        }
        HirKind::Capture(capture) => text(&capture.sub, count),
        HirKind::Concat(parts) => parts.iter().map(|part| text(part, count)).collect(),
        HirKind::Alternation(choices) => choices.iter().find_map(|choice| text(choice, count)),
    }
}
