//! Whether what a server answers is what the contract declares.

use std::fmt;

use httpfile::Location;
use serde_json::Value;

use crate::locate;
use crate::model::{Contract, Kind, Schema};
use crate::validate::Validator;

/// One thing that a schema does not allow about a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where inside of the value: `$.items[0].name`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Where the schema is given.
    pub location: Location,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl Contract {
    /// Everything that a schema does not allow about a value; keys that it does not declare count too.
    #[must_use]
    pub fn mismatches(&self, schema: &Schema, value: &Value) -> Vec<Mismatch> {
        let violations = Validator::new(&self.schemas).check(schema, value).into_iter();
        violations
            .map(|violation| Mismatch {
                path: locate::display(&violation.path),
                message: violation.message,
                location: violation.schema,
            })
            .collect()
    }

    /// The value that a header or a parameter carries as text, by the type that `schema` gives it. Text that is not of
    /// that type stays text, so that [`Contract::mismatches`] can say so.
    #[must_use]
    pub fn value_of_text(&self, schema: &Schema, text: &str) -> Value {
        value_of_text(&self.resolve(schema).kind, text)
    }

    /// The schema behind a name. A checked contract has no name that leads nowhere or back to itself.
    #[must_use]
    pub fn resolve<'s>(&'s self, schema: &'s Schema) -> &'s Schema {
        match &schema.kind {
            Kind::Reference(name) => self.schemas.get(name).map_or(schema, |named| self.resolve(&named.schema)),
            _ => schema,
        }
    }
}

/// The value that a text means to a type; the text itself where it means none.
pub(crate) fn value_of_text(kind: &Kind, text: &str) -> Value {
    match kind {
        Kind::Integer { .. } => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Kind::Number { .. } => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
        Kind::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}
