//! Whether two JSON values say the same, where one of them went through a client's types.

use chrono::DateTime;
use openapi::{Contract, Kind, Schema};
use serde_json::Value;

/// Where `typed` lacks something of `given`, or says something else. Another way to write a number or a time is no
/// difference. A client's types may hold nothing, `null` and an empty list as one.
pub fn lost(given: &Value, typed: &Value) -> Option<String> {
    lost_at(given, typed, "$")
}

fn lost_at(given: &Value, typed: &Value, place: &str) -> Option<String> {
    match (given, typed) {
        (Value::Object(given), Value::Object(typed)) => given.iter().find_map(|(name, given)| {
            let place = format!("{place}.{name}");
            match typed.get(name) {
                Some(typed) => lost_at(given, typed, &place),
                None => (!is_nothing(given)).then_some(place),
            }
        }),
        (Value::Array(given), Value::Array(typed)) if given.len() == typed.len() => {
            let mut pairs = given.iter().zip(typed).enumerate();
            pairs.find_map(|(at, (given, typed))| lost_at(given, typed, &format!("{place}[{at}]")))
        }
        (Value::Number(given), Value::Number(typed)) if given.as_f64() == typed.as_f64() => None,
        (Value::String(given), Value::String(typed)) if is_same_text(given, typed) => None,
        (given, typed) => (given != typed).then(|| place.to_owned()),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether two texts are the same, or the same time.
pub fn is_same_text(given: &str, typed: &str) -> bool {
    let time = |text| DateTime::parse_from_rfc3339(text).ok();
    given == typed || time(given).zip(time(typed)).is_some_and(|(given, typed)| given == typed)
}

/// Where `sent` has a member that `given` has not, and that is not the default which the schema gives it.
pub fn added(contract: &Contract, schema: &Schema, given: &Value, sent: &Value) -> Option<String> {
    added_at(contract, schema, (given, sent), "$")
}

fn added_at(contract: &Contract, schema: &Schema, values: (&Value, &Value), place: &str) -> Option<String> {
    let resolved = contract.resolve(schema);
    match (&resolved.kind, values) {
        (Kind::Object(properties), (Value::Object(given), Value::Object(sent))) => {
            sent.iter().find_map(|(name, sent)| {
                let (place, schema) = (format!("{place}.{name}"), properties.get(name).map(|one| &one.schema));
                let default = schema.and_then(|one| one.default.as_ref().or(contract.resolve(one).default.as_ref()));
                match (given.get(name), schema) {
                    (None, _) => (default != Some(sent)).then_some(place),
                    (Some(given), Some(schema)) => added_at(contract, schema, (given, sent), &place),
                    (Some(_), None) => None,
                }
            })
        }
        (Kind::Array { items, .. }, (Value::Array(given), Value::Array(sent))) => {
            let mut pairs = given.iter().zip(sent).enumerate();
            pairs.find_map(|(at, pair)| added_at(contract, items, pair, &format!("{place}[{at}]")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_types_may_write_otherwise_is_not_lost() {
        let given = json!({ "at": "2026-01-25T21:00:00+01:00", "share": 1, "none": null, "list": [], "text": "a" });
        assert_eq!(lost(&given, &json!({ "at": "2026-01-25T20:00:00Z", "share": 1.0, "text": "a", "more": 1 })), None);
    }

    #[test]
    fn what_is_lost_is_named_by_its_place() {
        let given = json!({ "a": [{ "b": "x" }, { "b": "y" }] });
        assert_eq!(lost(&given, &json!({ "a": [{ "b": "x" }, { "b": "z" }] })).as_deref(), Some("$.a[1].b"));
        assert_eq!(lost(&given, &json!({ "a": [{ "b": "x" }] })).as_deref(), Some("$.a"));
        assert_eq!(lost(&given, &json!({})).as_deref(), Some("$.a"));
    }
}
