//! Whether a JSON value is allowed by a schema.

use std::collections::HashMap;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value;

use crate::locate::Step;
use crate::model::{Kind, NamedSchema, Schema};
use crate::value;

/// What is wrong with a value, and where inside of it.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) path: Vec<Step>,
    pub(crate) message: String,
}

/// Checks values against the schemas of one contract.
pub(crate) struct Validator<'c> {
    schemas: &'c IndexMap<String, NamedSchema>,
    patterns: HashMap<String, Option<Regex>>,
}

impl<'c> Validator<'c> {
    pub(crate) fn new(schemas: &'c IndexMap<String, NamedSchema>) -> Self {
        Self { schemas, patterns: HashMap::new() }
    }

    /// Everything that a schema does not allow about a value.
    pub(crate) fn check(&mut self, schema: &Schema, value: &Value) -> Vec<Violation> {
        let mut out = Vec::new();
        self.value(schema, value, &mut Vec::new(), &mut out);
        out
    }

    fn value(&mut self, schema: &Schema, value: &Value, path: &mut Vec<Step>, out: &mut Vec<Violation>) {
        if value.is_null() && schema.nullable {
            return;
        }
        let mut wrong = |message: String| out.push(Violation { path: path.clone(), message });
        match (&schema.kind, value) {
            (Kind::Any, _) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Integer { bits, minimum, maximum }, Value::Number(number)) => {
                let least = minimum.or((*bits == 32).then_some(i64::from(i32::MIN)));
                let most = maximum.or((*bits == 32).then_some(i64::from(i32::MAX)));
                match number.as_i64() {
                    None if number.is_u64() => wrong(format!("{number} is more than {}", most.unwrap_or(i64::MAX))),
                    None => wrong(format!("{number} is no whole number")),
                    Some(n) if least.is_some_and(|m| n < m) => {
                        wrong(format!("{n} is less than {}", least.unwrap_or(n)))
                    }
                    Some(n) if most.is_some_and(|m| n > m) => wrong(format!("{n} is more than {}", most.unwrap_or(n))),
                    Some(_) => {}
                }
            }
            (Kind::Number { minimum, maximum, .. }, Value::Number(number)) => {
                let n = number.as_f64().unwrap_or_default();
                if let Some(least) = minimum.filter(|m| n < *m) {
                    wrong(format!("{number} is less than {least}"));
                }
                if let Some(most) = maximum.filter(|m| n > *m) {
                    wrong(format!("{number} is more than {most}"));
                }
            }
            (Kind::Enum(values), Value::String(text)) => {
                if !values.contains(text) {
                    wrong(format!("{text:?} is not one of {}", list(values)));
                }
            }
            (Kind::String { .. }, Value::String(text)) => {
                out.extend(self.text(&schema.kind, text).map(|message| Violation { path: path.clone(), message }));
            }
            (Kind::Array { items, min_items, max_items }, Value::Array(values)) => {
                out.extend(
                    count(values.len(), *min_items, *max_items, "item")
                        .map(|message| Violation { path: path.clone(), message }),
                );
                for (at, value) in values.iter().enumerate() {
                    path.push(Step::Index(at));
                    self.value(items, value, path, out);
                    path.pop();
                }
            }
            (Kind::Map { values, min_entries, max_entries }, Value::Object(entries)) => {
                let message = count(entries.len(), *min_entries, *max_entries, "key");
                out.extend(message.map(|message| Violation { path: path.clone(), message }));
                for (key, value) in values.iter().flat_map(|_| entries) {
                    path.push(Step::Key(key.clone()));
                    if let Some(values) = values {
                        self.value(values, value, path, out);
                    }
                    path.pop();
                }
            }
            (Kind::Object(_), Value::Object(_)) => self.object(schema, value, path, out),
            (Kind::Reference(name), _) => {
                // A name without a schema is reported as such.
                let schemas = self.schemas;
                if let Some(named) = schemas.get(name) {
                    self.value(&named.schema, value, path, out);
                }
            }
            (kind, value) => wrong(format!("{} is not {}", shown(value), kind_name(kind))),
        }
    }

    fn object(&mut self, schema: &Schema, value: &Value, path: &mut Vec<Step>, out: &mut Vec<Violation>) {
        let (Kind::Object(properties), Value::Object(entries)) = (&schema.kind, value) else { return };
        for (name, property) in properties {
            match entries.get(name) {
                Some(value) => {
                    path.push(Step::Key(name.clone()));
                    self.value(&property.schema, value, path, out);
                    path.pop();
                }
                None if property.required => {
                    out.push(Violation { path: path.clone(), message: format!("`{name}` is missing") });
                }
                None => {}
            }
        }
        for key in entries.keys().filter(|key| !properties.contains_key(*key)) {
            let near = crate::nearest::nearest(key, properties.keys().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            path.push(Step::Key(key.clone()));
            out.push(Violation { path: path.clone(), message: format!("there is no field `{key}`{near}") });
            path.pop();
        }
    }

    fn text(&mut self, kind: &Kind, text: &str) -> Option<String> {
        let Kind::String { format, min_length, max_length, pattern } = kind else { return None };
        if let Some(format) = format.filter(|f| !value::is(*f, text)) {
            return Some(format!("{text:?} is no {}", format.name()));
        }
        if min_length.is_some() || max_length.is_some() {
            let message = count(text.chars().count(), *min_length, *max_length, "character");
            if message.is_some() {
                return message;
            }
        }
        let pattern = pattern.as_deref()?;
        if !self.patterns.contains_key(pattern) {
            // A pattern that does not compile is reported where it is declared.
            self.patterns.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        let regex = self.patterns[pattern].as_ref()?;
        (!regex.is_match(text)).then(|| format!("{text:?} does not match /{pattern}/"))
    }
}

fn count(n: usize, min: Option<usize>, max: Option<usize>, what: &str) -> Option<String> {
    let plural = |n: usize| if n == 1 { what.to_owned() } else { format!("{what}s") };
    if let Some(min) = min.filter(|min| n < *min) {
        return Some(format!("{n} {} instead of at least {min}", plural(n)));
    }
    max.filter(|max| n > *max).map(|max| format!("{n} {} instead of at most {max}", plural(n)))
}

fn list(values: &[String]) -> String {
    values.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        scalar => scalar.to_string(),
    }
}

/// What a kind is called in a sentence.
pub(crate) fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Any => "anything".to_owned(),
        Kind::Boolean => "a boolean".to_owned(),
        Kind::Integer { .. } => "a whole number".to_owned(),
        Kind::Number { .. } => "a number".to_owned(),
        Kind::Enum(values) => format!("one of {}", list(values)),
        Kind::String { .. } => "a string".to_owned(),
        Kind::Array { .. } => "an array".to_owned(),
        Kind::Map { .. } | Kind::Object(_) => "an object".to_owned(),
        Kind::Reference(name) => format!("a `{name}`"),
    }
}
