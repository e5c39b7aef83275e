//! What the client made of an answer, as it is printed.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::generated::sdk::reqwest::StatusCode;
use crate::generated::sdk::reqwest::header::HeaderMap;
use crate::generated::sdk::{DeclaredError, Error, Response};
use crate::request::Inexpressible;

/// One line of JSON.
#[derive(Debug)]
pub struct Outcome(Value);

#[allow(dead_code, reason = "no API uses all of it")]
impl Outcome {
    /// A declared success, without its body.
    pub fn success<T, H>(variant: &str, declared: u16, answer: &Response<T, H>) -> Self {
        Self::declared("success", variant, declared, answer)
    }

    /// A declared error, without its body.
    pub fn error<T, H>(variant: &str, declared: u16, answer: &Response<T, H>) -> Self {
        Self::declared("error", variant, declared, answer)
    }

    fn declared<T, H>(outcome: &str, variant: &str, declared: u16, answer: &Response<T, H>) -> Self {
        let mut value = head(outcome, answer.status(), answer.header_map());
        value["variant"] = json!(variant);
        value["declared"] = json!(declared);
        value["typedHeaders"] = json!({});
        Self(value)
    }

    /// With a header as the client reads it.
    pub fn header<T: Serialize>(mut self, name: &str, value: &Option<T>) -> Self {
        self.0["typedHeaders"][name] = json!(value);
        self
    }

    /// With the typed body, written as JSON again.
    pub fn json<T: Serialize>(mut self, body: &T) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => self.0["body"] = body,
            Err(error) => self.0["reason"] = json!(format!("the typed body cannot be written: {error}")),
        }
        self
    }

    /// With a body of bytes.
    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.0["bytes"] = json!(body);
        self
    }

    /// Something else than a declared answer.
    pub fn failure<E: DeclaredError + 'static>(error: &Error<E>) -> Self {
        match error {
            Error::InvalidRequest(reason) => Self::from(Inexpressible(reason.clone())),
            Error::Unexpected(answer) => {
                let mut value = head("unexpected", answer.status(), answer.header_map());
                value["reason"] = json!(answer.reason());
                value["bytes"] = json!(answer.body().as_ref());
                Self(value)
            }
            Error::Api(_) | Error::Token(_) | Error::Transport(_) => Self::failed(error),
        }
    }

    /// There was no whole answer.
    pub fn failed(error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
        Self(json!({ "outcome": "failed", "reason": causes.collect::<Vec<_>>().join(": ") }))
    }
}

impl From<Inexpressible> for Outcome {
    fn from(Inexpressible(reason): Inexpressible) -> Self {
        Self(json!({ "outcome": "inexpressible", "reason": reason }))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn head(outcome: &str, status: StatusCode, headers: &HeaderMap) -> Value {
    let mut all = Map::new();
    for (name, value) in headers {
        all.insert(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into());
    }
    json!({ "outcome": outcome, "status": status.as_u16(), "headers": all })
}
