//! Telling every rule of the contract that a value breaks.
//!
//! Whether a request is allowed at all is decided by generated code on typed values ([`Check`]). Only for a request that
//! is not, [`violations`] walks the JSON value beside its schema and collects everything that is wrong with it.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::contract::Components;
use super::error::Violation;
use super::format;

/// A value that knows whether it keeps every rule of the contract.
pub trait Check {
    /// Whether it does.
    fn holds(&self) -> bool;
}

/// How many characters a text has; bytes are counted first, since most texts are ASCII.
#[must_use]
pub fn characters(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Everything in `value` that `schema` does not allow. `path` is where the value stands; empty for a whole body.
#[must_use]
pub fn violations(components: &Components, schema: &Value, value: &Value, path: &str) -> Vec<Violation> {
    let mut walk = Walk { components, path: path.to_owned(), found: Vec::new() };
    walk.value(schema, value);
    walk.found
}

struct Walk<'a> {
    components: &'a Components,
    path: String,
    found: Vec<Violation>,
}

impl Walk<'_> {
    fn refuse(&mut self, message: impl Into<String>) {
        let path = if self.path.is_empty() { "body" } else { &self.path };
        self.found.push(Violation::new(path, message));
    }

    fn value(&mut self, schema: &Value, value: &Value) {
        let (schema, nullable) = self.components.resolve(schema);
        if value.is_null() && nullable {
            return;
        }
        match (schema["type"].as_str(), value) {
            (None, _) => {}
            (Some("boolean"), Value::Bool(_)) => {}
            (Some("string"), Value::String(text)) => self.string(schema, text),
            (Some("integer"), Value::Number(number)) => self.integer(schema, number),
            (Some("number"), Value::Number(number)) => self.number(schema, number),
            (Some("array"), Value::Array(items)) => self.array(schema, items),
            (Some("object"), Value::Object(members)) => self.object(schema, members),
            (Some(expected), other) => self.refuse(format!("must be {}, not {}", article(expected), kind(other))),
        }
    }

    fn string(&mut self, schema: &Value, text: &str) {
        if let Some(allowed) = schema["enum"].as_array() {
            if !allowed.iter().any(|allowed| allowed == text) {
                let allowed: Vec<_> =
                    allowed.iter().filter_map(Value::as_str).map(|text| format!("`{text}`")).collect();
                self.refuse(format!("must be one of {}", allowed.join(", ")));
            }
            return;
        }
        let length = characters(text) as u64;
        if let Some(least) = schema["minLength"].as_u64().filter(|least| length < *least) {
            self.refuse(format!("must have at least {}", count(least, "character")));
        }
        if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
            self.refuse(format!("must have at most {}", count(most, "character")));
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && self.components.pattern(pattern).is_some_and(|regex| !regex.is_match(text))
        {
            self.refuse(format!("must match the pattern {pattern}"));
        }
        if let Some(name) = schema["format"].as_str().filter(|name| !format::holds(name, text)) {
            self.refuse(format!("must be {}", format::describe(name)));
        }
    }

    fn integer(&mut self, schema: &Value, number: &Number) {
        // 1.0 is refused like 1.5, and what does not fit into 64 bits is read as a fraction.
        let Some(value) = number.as_i64() else {
            let message = if number.is_u64() { "is too large" } else { "must be an integer without a fraction" };
            return self.refuse(message);
        };
        let int32 = schema["format"] == "int32";
        let (least, most) = if int32 { (i32::MIN.into(), i32::MAX.into()) } else { (i64::MIN, i64::MAX) };
        let least = schema["minimum"].as_i64().unwrap_or(least);
        let most = schema["maximum"].as_i64().unwrap_or(most);
        if value < least {
            self.refuse(format!("must be at least {least}"));
        }
        if value > most {
            self.refuse(format!("must be at most {most}"));
        }
    }

    fn number(&mut self, schema: &Value, number: &Number) {
        let Some(value) = number.as_f64() else { return };
        if let Some(least) = schema["minimum"].as_f64().filter(|least| value < *least) {
            self.refuse(format!("must be at least {least}"));
        }
        if let Some(most) = schema["maximum"].as_f64().filter(|most| value > *most) {
            self.refuse(format!("must be at most {most}"));
        }
        if schema["format"] == "float" && value.abs() > f64::from(f32::MAX) {
            self.refuse("is too large for a number of single precision");
        }
    }

    fn array(&mut self, schema: &Value, items: &[Value]) {
        let length = items.len() as u64;
        if let Some(least) = schema["minItems"].as_u64().filter(|least| length < *least) {
            self.refuse(format!("must have at least {}", count(least, "item")));
        }
        if let Some(most) = schema["maxItems"].as_u64().filter(|most| length > *most) {
            self.refuse(format!("must have at most {}", count(most, "item")));
        }
        for (index, item) in items.iter().enumerate() {
            let length = self.path.len();
            // Writing to a string cannot fail.
            let _ = write!(self.path, "[{index}]");
            self.value(&schema["items"], item);
            self.path.truncate(length);
        }
    }

    fn object(&mut self, schema: &Value, members: &serde_json::Map<String, Value>) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.member(name, |walk| walk.refuse("is required"));
            }
        }
        let declared = schema["properties"].as_object();
        for (name, value) in members {
            let rule = declared.and_then(|declared| declared.get(name));
            match rule.unwrap_or(&schema["additionalProperties"]) {
                Value::Bool(false) => self.member(name, |walk| walk.refuse("is not known here")),
                rule => self.member(name, |walk| walk.value(rule, value)),
            }
        }
    }

    fn member(&mut self, name: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
        if !plain || name.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(self.path, "[{name:?}]");
        } else {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
        }
        visit(self);
        self.path.truncate(length);
    }
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
