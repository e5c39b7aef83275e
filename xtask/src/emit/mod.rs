//! From the OpenAPI document to the files of each target.

pub mod rust;
pub mod server;
mod status;
pub mod typescript;

use std::fmt;

use serde_json::Value;

/// Why a target cannot be made from a document.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The document says what this target cannot express.
    #[error("{}", lines(.0))]
    Unsupported(Vec<Unsupported>),
    /// Something on this machine is missing or failed.
    #[error("{message}")]
    Environment {
        /// What is missing and what to do.
        message: String,
    },
}

/// One thing that a target cannot express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// `operationId`, `operationId.parameter`, `operationId 404`, `operationId 404 Header`, `Schema`, `Schema.property`,
    /// `GET /path` or `/path`; in words what is none of these.
    pub place: String,
    /// What cannot be expressed, and what to do.
    pub message: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

fn lines(found: &[Unsupported]) -> String {
    found.iter().map(Unsupported::to_string).collect::<Vec<_>>().join("\n")
}

impl EmitError {
    /// One thing that a target cannot express.
    pub(crate) fn unsupported(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unsupported(vec![Unsupported { place: place.into(), message: message.into() }])
    }
}

/// Takes `null` out of enums whose `nullable` says the same: generators make a value of it.
fn without_null_in_enums(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(without_null_in_enums),
        Value::Object(members) => {
            if members.get("nullable") == Some(&Value::Bool(true))
                && let Some(Value::Array(values)) = members.get_mut("enum")
            {
                values.retain(|value| !value.is_null());
            }
            members.values_mut().for_each(without_null_in_enums);
        }
        _ => {}
    }
}

/// What all results hold, or everything that cannot be expressed.
fn all<T>(results: impl IntoIterator<Item = Result<T, EmitError>>) -> Result<Vec<T>, EmitError> {
    let (values, rest) = split(results);
    rest.map(|()| values)
}

/// What those results hold that hold something, and everything that cannot be expressed.
fn split<T>(results: impl IntoIterator<Item = Result<T, EmitError>>) -> (Vec<T>, Result<(), EmitError>) {
    let (mut values, mut found) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(EmitError::Unsupported(more)) => found.extend(more),
            Err(environment) => return (values, Err(environment)),
        }
    }
    (values, if found.is_empty() { Ok(()) } else { Err(EmitError::Unsupported(found)) })
}
