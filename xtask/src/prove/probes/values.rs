//! Values that break one constraint of a schema, and values that just keep one.

use openapi::{Contract, Kind, MAX_SAFE_INTEGER, Schema, StringFormat};
use regex::Regex;
use serde_json::{Value, json};

/// A value beside the valid one.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// How it differs, in words: `is less than its minimum`.
    pub what: String,
    /// The value.
    pub value: Value,
}

/// Every way in which one constraint of a schema that is no list and no object can be broken. `valid` is a value to
/// start from. `typed` is false where every value travels as text.
pub fn broken(contract: &Contract, schema: &Schema, valid: &Value, typed: bool) -> Vec<Variant> {
    let resolved = contract.resolve(schema);
    let mut found = Vec::new();
    let mut add = |what: &str, value: Value| found.push(Variant { what: what.to_owned(), value });
    if let Some(value) = other_type(&resolved.kind, typed) {
        add("is of another type", value);
    }
    if typed && matches!(resolved.kind, Kind::Integer { .. } | Kind::Number { .. } | Kind::Boolean) {
        add("is written as text", Value::from(valid.to_string()));
    }
    if typed && !schema.nullable && !resolved.nullable && !matches!(resolved.kind, Kind::Any) {
        add("is null", Value::Null);
    }
    match &resolved.kind {
        Kind::Integer { bits, minimum, maximum } => {
            let (least, most) = if *bits == 32 {
                (i64::from(i32::MIN), i64::from(i32::MAX))
            } else {
                (-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
            };
            add("is less than its minimum", json!(minimum.unwrap_or(least) - 1));
            add("is more than its maximum", json!(maximum.unwrap_or(most).saturating_add(1)));
            add("has a fraction", json!(minimum.unwrap_or(0) as f64 + 0.5));
        }
        Kind::Number { minimum, maximum, .. } => {
            minimum.iter().for_each(|least| add("is less than its minimum", json!(least - 1.0)));
            maximum.iter().for_each(|most| add("is more than its maximum", json!(most + 1.0)));
        }
        Kind::Enum(values) => {
            let other = format!("not-{}", values.join("-"));
            add("is none of its values", Value::from(other));
        }
        Kind::String { .. } => texts(&resolved.kind, valid.as_str().unwrap_or_default(), &mut add),
        _ => {}
    }
    // A bound that no value can go beyond, or a constraint that another one makes unreachable, breaks nothing.
    found.retain(|broken| !contract.mismatches(schema, &broken.value).is_empty());
    found
}

/// Every value at a bound of a schema that is no object, all of them allowed: the least, the greatest, the shortest, the
/// longest, and each value of an enum. The longest list is made by [`super::lists::full`], because its items may have to
/// differ.
pub fn edges(contract: &Contract, schema: &Schema, valid: &Value) -> Vec<Variant> {
    let mut found = Vec::new();
    let mut add = |what: &str, value: Value| found.push(Variant { what: what.to_owned(), value });
    match &contract.resolve(schema).kind {
        Kind::Integer { minimum, maximum, .. } => {
            minimum.iter().for_each(|least| add("is its minimum", json!(least)));
            maximum.iter().for_each(|most| add("is its maximum", json!(most)));
        }
        Kind::Number { minimum, maximum, .. } => {
            minimum.iter().for_each(|least| add("is its minimum", json!(least)));
            maximum.iter().for_each(|most| add("is its maximum", json!(most)));
        }
        Kind::Enum(values) => values.iter().for_each(|value| add(&format!("is `{value}`"), json!(value))),
        Kind::String { min_length, max_length, .. } => {
            let text = valid.as_str().unwrap_or_default();
            min_length.iter().for_each(|least| add("has its minimum length", json!(of_length(text, *least))));
            max_length.iter().for_each(|most| {
                add("has its maximum length", json!(of_length(text, *most)));
                // Lengths count characters: what counts bytes refuses this one.
                add("has its maximum length beyond ASCII", json!("é".repeat(*most)));
            });
        }
        Kind::Array { min_items: Some(least), .. } => {
            let items = valid.as_array().and_then(|items| items.get(..*least));
            items.into_iter().for_each(|items| add("has its minimum of items", json!(items)));
        }
        _ => {}
    }
    found.retain(|edge| edge.value != *valid && contract.mismatches(schema, &edge.value).is_empty());
    found
}

/// The text cut, or continued with its last character.
fn of_length(text: &str, length: usize) -> String {
    let filler = text.chars().last().unwrap_or('x');
    text.chars().chain(std::iter::repeat(filler)).take(length).collect()
}

/// A value that a schema allows, for a parameter or field that no request shows; nothing where none comes to mind. A text
/// is made from `word`: the same text for every operation would be one key where texts are keys.
pub fn plausible(contract: &Contract, schema: &Schema, word: &str) -> Option<Value> {
    let resolved = contract.resolve(schema);
    let candidates = match &resolved.kind {
        Kind::Boolean => vec![json!(true)],
        Kind::Integer { minimum, .. } => vec![json!(minimum.unwrap_or(1))],
        Kind::Number { minimum, .. } => vec![json!(minimum.unwrap_or(1.0))],
        Kind::Enum(values) => values.iter().map(|value| json!(value)).collect(),
        Kind::String { min_length, .. } => {
            let long = of_length(word, min_length.unwrap_or(0).max(word.chars().count()));
            let known =
                ["2026-01-25T21:00:00Z", "2026-01-25", "00000000-0000-4000-8000-000000000000", "a/b", "http://host/"];
            std::iter::once(long).chain(known.map(str::to_owned)).map(Value::from).collect()
        }
        _ => Vec::new(),
    };
    candidates.into_iter().find(|value| contract.mismatches(schema, value).is_empty())
}

fn other_type(kind: &Kind, typed: bool) -> Option<Value> {
    Some(match kind {
        Kind::Integer { .. } | Kind::Number { .. } | Kind::Boolean => json!("text"),
        Kind::String { .. } | Kind::Enum(_) if typed => json!(true),
        Kind::Array { .. } if typed => json!({}),
        Kind::Object(_) | Kind::Map { .. } if typed => json!([]),
        _ => return None,
    })
}

fn texts(kind: &Kind, valid: &str, add: &mut impl FnMut(&str, Value)) {
    let Kind::String { format, min_length, max_length, pattern } = kind else { return };
    if let Some(format) = format.filter(|format| !matches!(format, StringFormat::Binary | StringFormat::UriReference)) {
        add(&format!("is no {}", format.name()), Value::from("not one"));
    }
    if let Some(least) = min_length.filter(|least| *least > 0) {
        add("is shorter than its minimum", Value::from(of_length(valid, least - 1)));
    }
    if let Some(most) = max_length {
        add("is longer than its maximum", Value::from(of_length(valid, most + 1)));
    }
    if let Some(text) = pattern.as_deref().and_then(|pattern| unmatched(pattern, valid)) {
        add("is against its pattern", Value::from(text));
    }
    if pattern.is_some() {
        add("is in upper case", Value::from(valid.to_uppercase()));
    }
}

/// The valid text with one character in its middle that the pattern does not allow.
fn unmatched(pattern: &str, valid: &str) -> Option<String> {
    let regex = Regex::new(&openapi::pattern::translate(pattern).ok()?).ok()?;
    let characters: Vec<char> = valid.chars().collect();
    let middle = characters.len() / 2;
    let with = |other: char| {
        let mut changed = characters.clone();
        match changed.get_mut(middle) {
            Some(place) => *place = other,
            None => changed.push(other),
        }
        changed.into_iter().collect::<String>()
    };
    [' ', '!', '~', 'Z', '\u{1}'].into_iter().map(with).find(|text| !regex.is_match(text))
}
