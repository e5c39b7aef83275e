//! Values that break one constraint of a schema, and values that just keep one.

use openapi::{Contract, Kind, MAX_SAFE_INTEGER, Schema, StringFormat};
use regex::Regex;
use serde_json::{Value, json};

use super::texts::{lengths, misspelt};

/// A value beside the valid one.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// How it differs, in words: `is less than its minimum`.
    pub what: String,
    /// The value, or why there is none.
    pub value: Result<Value, &'static str>,
}

impl Variant {
    /// A value that differs in this.
    pub fn of(what: impl Into<String>, value: Value) -> Self {
        Self { what: what.into(), value: Ok(value) }
    }

    /// Whether there is a value, and a schema takes it; what there is no value for stays to be told.
    fn is_gap_or(&self, wanted: impl Fn(&Value) -> bool) -> bool {
        self.value.as_ref().map_or(true, wanted)
    }
}

/// Every way in which one constraint of a schema that is no list and no object can be broken. `valid` is a value to
/// start from. `typed` is false where every value travels as text.
pub fn broken(contract: &Contract, schema: &Schema, valid: &Value, typed: bool) -> Vec<Variant> {
    let resolved = contract.resolve(schema);
    let mut found = Vec::new();
    let mut add = |what: &str, value: Value| found.push(Variant::of(what, value));
    if let Some(value) = other_type(&resolved.kind, typed) {
        add("is of another type", value);
    }
    if typed && matches!(resolved.kind, Kind::Integer { .. } | Kind::Number { .. } | Kind::Boolean) {
        add("is written as text", Value::from(valid.to_string()));
    }
    if typed && !is_nullable(schema, resolved) && !matches!(resolved.kind, Kind::Any) {
        add("is null", Value::Null);
    }
    match &resolved.kind {
        Kind::Integer { bits, minimum, maximum } => {
            let (least, most) = if *bits == 32 {
                (i64::from(i32::MIN), i64::from(i32::MAX))
            } else {
                (-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
            };
            add("is less than its minimum", json!(minimum.unwrap_or(least).saturating_sub(1)));
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
        Kind::String { .. } => found.extend(misspelt(contract, resolved, valid.as_str().unwrap_or_default())),
        _ => {}
    }
    // A bound that no value can go beyond, or a constraint that another one makes unreachable, breaks nothing.
    found.retain(|broken| broken.is_gap_or(|value| !contract.mismatches(schema, value).is_empty()));
    found
}

/// Every value at a bound of a schema that is no object, all of them allowed: the least, the greatest, the shortest, the
/// longest, each value of an enum, and null where that is one. Lists and maps are made by [`super::lists::full`]. `sent` is
/// the value that the operation's own request has.
pub fn edges(contract: &Contract, schema: &Schema, valid: &Value, sent: Option<&Value>, typed: bool) -> Vec<Variant> {
    let resolved = contract.resolve(schema);
    let mut found = Vec::new();
    let mut add = |what: &str, value: Value| found.push(Variant::of(what, value));
    if typed && is_nullable(schema, resolved) {
        add("is null", Value::Null);
    }
    match &resolved.kind {
        Kind::Integer { minimum, maximum, .. } => {
            minimum.iter().for_each(|least| add("is its minimum", json!(least)));
            maximum.iter().for_each(|most| add("is its maximum", json!(most)));
        }
        Kind::Number { minimum, maximum, .. } => {
            minimum.iter().for_each(|least| add("is its minimum", json!(least)));
            maximum.iter().for_each(|most| add("is its maximum", json!(most)));
        }
        Kind::Enum(values) => values.iter().for_each(|value| add(&format!("is `{value}`"), json!(value))),
        Kind::String { .. } => found.extend(lengths(contract, resolved, valid.as_str().unwrap_or_default())),
        _ => {}
    }
    let is_news = |value: &Value| Some(value) != sent && contract.mismatches(schema, value).is_empty();
    found.retain(|edge| edge.is_gap_or(is_news));
    found
}

fn is_nullable(schema: &Schema, resolved: &Schema) -> bool {
    schema.nullable || resolved.nullable
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
            let long = super::lengths::of_length(word, min_length.unwrap_or(0).max(word.chars().count()));
            let known =
                ["2026-01-25T21:00:00Z", "2026-01-25", "00000000-0000-4000-8000-000000000000", "a/b", "http://host/"];
            std::iter::once(long).chain(known.map(str::to_owned)).map(Value::from).collect()
        }
        _ => Vec::new(),
    };
    candidates.into_iter().find(|value| contract.mismatches(schema, value).is_empty())
}

/// An identifier that is well-formed and that nothing has, or why there is none. Small numbers are positions, not
/// identifiers.
pub fn unknown(contract: &Contract, schema: &Schema) -> Result<Value, &'static str> {
    let resolved = contract.resolve(schema);
    let found = match &resolved.kind {
        Kind::String { format: Some(StringFormat::Uuid), .. } => Some(json!("00000000-0000-4000-8000-00000000dead")),
        Kind::String { format: None, pattern, .. } => {
            let patterned = pattern.iter().flat_map(|pattern| crate::mock::matching(pattern));
            let texts = ["no-such-one".to_owned(), "0123456789abcdef".to_owned()].into_iter().chain(patterned);
            texts.map(Value::from).find(|value| contract.mismatches(schema, value).is_empty())
        }
        Kind::Integer { bits: 32, maximum, .. } => {
            maximum.is_none_or(|most| most >= i64::from(i32::MAX)).then(|| json!(i32::MAX))
        }
        Kind::Integer { maximum, .. } => {
            maximum.is_none_or(|most| most >= MAX_SAFE_INTEGER).then(|| json!(MAX_SAFE_INTEGER))
        }
        _ => None,
    };
    found.ok_or("every value that is allowed may be one that is there")
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

/// The valid text with one character in its middle that the pattern does not allow.
pub fn unmatched(pattern: &str, valid: &str) -> Option<String> {
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
