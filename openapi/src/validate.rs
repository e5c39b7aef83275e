//! Whether a JSON value is allowed by a schema.

use std::collections::HashMap;

use httpfile::Location;
use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Number, Value};

use crate::locate::Step;
use crate::model::{Kind, NamedSchema, Property, Schema};
use crate::nearest::nearest;
use crate::pattern;
use crate::schemas::MAX_ALIASES;
use crate::value;

/// What is wrong with a value, and where inside of it.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) path: Vec<Step>,
    pub(crate) message: String,
    /// Where the schema that does not allow it is given.
    pub(crate) schema: Location,
}

/// Checks values against the schemas of one contract.
pub(crate) struct Validator<'c> {
    schemas: &'c IndexMap<String, NamedSchema>,
    patterns: HashMap<String, Option<Regex>>,
}

/// One value on its way through a schema. Steps are borrowed: most values are right, and their paths are never shown.
struct Walk<'v> {
    path: Vec<BorrowedStep<'v>>,
    violations: Vec<Violation>,
}

#[derive(Clone, Copy)]
enum BorrowedStep<'v> {
    Key(&'v str),
    Index(usize),
}

impl Walk<'_> {
    fn wrong(&mut self, schema: &Schema, message: String) {
        let step = |step: &BorrowedStep| match step {
            BorrowedStep::Key(key) => Step::Key((*key).to_owned()),
            BorrowedStep::Index(index) => Step::Index(*index),
        };
        let path = self.path.iter().map(step).collect();
        self.violations.push(Violation { path, message, schema: schema.location });
    }
}

impl<'c> Validator<'c> {
    pub(crate) fn new(schemas: &'c IndexMap<String, NamedSchema>) -> Self {
        Self { schemas, patterns: HashMap::new() }
    }

    /// Everything that a schema does not allow about a value.
    pub(crate) fn check(&mut self, schema: &Schema, value: &Value) -> Vec<Violation> {
        let mut walk = Walk { path: Vec::new(), violations: Vec::new() };
        self.value(schema, value, &mut walk);
        walk.violations
    }

    fn value<'v>(&mut self, schema: &Schema, value: &'v Value, walk: &mut Walk<'v>) {
        let Some(resolved) = self.resolve(schema, value) else { return };
        match (&resolved.kind, value) {
            (Kind::Any, _) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Array { items, min_items, max_items }, Value::Array(values)) => {
                let reason = count(values.len(), *min_items, *max_items, "item");
                reason.into_iter().for_each(|reason| walk.wrong(schema, reason));
                for (at, value) in values.iter().enumerate() {
                    self.inside(BorrowedStep::Index(at), items, value, walk);
                }
            }
            (Kind::Map { values: None }, Value::Object(_)) => {}
            (Kind::Map { values: Some(values) }, Value::Object(entries)) => {
                for (key, value) in entries {
                    self.inside(BorrowedStep::Key(key), values, value, walk);
                }
            }
            (Kind::Object(properties), Value::Object(entries)) => {
                self.object(resolved, properties, entries, walk);
            }
            (kind, value) => {
                let reason = self.scalar(kind, value);
                reason.into_iter().for_each(|reason| walk.wrong(schema, reason));
            }
        }
    }

    fn inside<'v>(&mut self, step: BorrowedStep<'v>, schema: &Schema, value: &'v Value, walk: &mut Walk<'v>) {
        walk.path.push(step);
        self.value(schema, value, walk);
        walk.path.pop();
    }

    /// The schema behind a name; nothing where `null` is allowed, or where the name leads nowhere, which is reported
    /// elsewhere.
    fn resolve<'s>(&self, schema: &'s Schema, value: &Value) -> Option<&'s Schema>
    where
        'c: 's,
    {
        let mut schema = schema;
        for _ in 0..=MAX_ALIASES {
            if schema.nullable && value.is_null() {
                return None;
            }
            let Kind::Reference(name) = &schema.kind else { return Some(schema) };
            schema = &self.schemas.get(name)?.schema;
        }
        None
    }

    fn object<'v>(
        &mut self,
        schema: &Schema,
        properties: &IndexMap<String, Property>,
        entries: &'v serde_json::Map<String, Value>,
        walk: &mut Walk<'v>,
    ) {
        for (name, property) in properties {
            match entries.get_key_value(name) {
                Some((key, value)) => self.inside(BorrowedStep::Key(key), &property.schema, value, walk),
                None if property.required => walk.wrong(&property.schema, format!("`{name}` is missing")),
                None => {}
            }
        }
        for key in entries.keys().filter(|key| !properties.contains_key(*key)) {
            let near = nearest(key, properties.keys().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            walk.path.push(BorrowedStep::Key(key));
            walk.wrong(schema, format!("there is no field `{key}`{near}"));
            walk.path.pop();
        }
    }

    fn scalar(&mut self, kind: &Kind, value: &Value) -> Option<String> {
        match (kind, value) {
            (Kind::Integer { bits, minimum, maximum }, Value::Number(number)) => {
                let bound = |bound: i32| (*bits == 32).then_some(i64::from(bound));
                whole(number, minimum.or(bound(i32::MIN)), maximum.or(bound(i32::MAX)))
            }
            (Kind::Number { minimum, maximum, .. }, Value::Number(number)) => {
                let n = number.as_f64()?;
                let least = minimum.filter(|least| n < *least).map(|least| format!("{number} is less than {least}"));
                least.or_else(|| maximum.filter(|most| n > *most).map(|most| format!("{number} is more than {most}")))
            }
            (Kind::Enum(values), Value::String(text)) => {
                (!values.contains(text)).then(|| format!("{text:?} is not one of {}", list(values)))
            }
            (Kind::String { .. }, Value::String(text)) => self.text(kind, text),
            (kind, value) => Some(format!("{} is not {}", shown(value), kind_name(kind))),
        }
    }

    fn text(&mut self, kind: &Kind, text: &str) -> Option<String> {
        let Kind::String { format, min_length, max_length, pattern } = kind else { return None };
        if let Some(format) = format.filter(|f| !value::is(*f, text)) {
            return Some(format!("{text:?} is not a valid {}", format.name()));
        }
        if min_length.is_some() || max_length.is_some() {
            let reason = count(text.chars().count(), *min_length, *max_length, "character");
            if reason.is_some() {
                return reason;
            }
        }
        let pattern = pattern.as_deref()?;
        if !self.patterns.contains_key(pattern) {
            // A pattern that does not compile is reported where it is declared.
            let regex = pattern::translate(pattern).ok().and_then(|regex| Regex::new(&regex).ok());
            self.patterns.insert(pattern.to_owned(), regex);
        }
        let regex = self.patterns[pattern].as_ref()?;
        (!regex.is_match(text)).then(|| format!("{text:?} does not match /{pattern}/"))
    }
}

fn whole(number: &Number, least: Option<i64>, most: Option<i64>) -> Option<String> {
    let Some(n) = number.as_i64() else {
        return Some(match most {
            Some(most) if number.is_u64() => format!("{number} is more than {most}"),
            _ => format!("{number} is not a whole number"),
        });
    };
    let below = least.filter(|least| n < *least).map(|least| format!("{n} is less than {least}"));
    below.or_else(|| most.filter(|most| n > *most).map(|most| format!("{n} is more than {most}")))
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
