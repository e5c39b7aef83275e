//! What a client made of an answer, as its program prints it.

use std::collections::BTreeMap;

use openapi::Operation;
use serde::Deserialize;
use serde_json::Value;

use crate::prove::answer::{Answer, plain};
use crate::prove::sender::Sent;

/// One line of a client's program.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// The client gave a declared success.
    Success(Declared),
    /// The client gave a declared error.
    Error(Declared),
    /// The client took the answer for one that the contract does not declare.
    Unexpected {
        status: u16,
        headers: BTreeMap<String, String>,
        #[serde(default)]
        bytes: Vec<u8>,
        reason: String,
    },
    /// The types of the client cannot express the request; nothing was sent.
    Inexpressible { reason: String },
    /// There was no whole answer.
    Failed { reason: String },
}

/// A declared answer, as the client's types hold it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// What the client calls it.
    variant: String,
    /// The status that this variant stands for.
    declared: u16,
    status: u16,
    /// As they came.
    headers: BTreeMap<String, String>,
    /// The declared ones, as the client reads them.
    typed_headers: BTreeMap<String, Option<Value>>,
    /// The typed body as JSON again.
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
    bytes: Option<Vec<u8>>,
    /// What the client's types could not say again.
    reason: Option<String>,
}

/// A body of `null` is a body.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Outcome {
    /// The same for a run: the answer as the client gives it, and what is wrong with how it gives it.
    pub fn into_sent(self, operation: &Operation) -> Sent {
        match self {
            Self::Success(declared) => declared.into_sent(true),
            Self::Error(declared) => declared.into_sent(false),
            Self::Unexpected { status, headers, bytes, reason } => {
                let is_declared = operation.responses.iter().any(|response| response.status == status);
                let wrong =
                    is_declared.then(|| format!("the client does not take the answer for a declared one: {reason}"));
                let headers = headers.into_iter().collect();
                let answer = Answer { status, headers, body: bytes };
                Sent { wrong: wrong.into_iter().collect(), ..Sent::plain(Ok(answer)) }
            }
            Self::Inexpressible { reason } => {
                Sent { inexpressible: Some(reason.clone()), ..Sent::failed(format!("not expressible: {reason}")) }
            }
            Self::Failed { reason } => Sent::failed(format!("the client gave no answer: {reason}")),
        }
    }
}

impl Declared {
    fn into_sent(self, success: bool) -> Sent {
        let Self { variant, declared, status, headers, typed_headers, body, bytes, reason } = self;
        let mut wrong: Vec<String> = reason.into_iter().collect();
        if declared != status {
            wrong.push(format!("the client gives its variant {variant}, which is {declared}, for the status {status}"));
        }
        if success != (200..300).contains(&status) {
            let kind = if success { "a success" } else { "an error" };
            wrong.push(format!("the client gives the status {status} as {kind}"));
        }
        let is_typed = |name: &String| typed_headers.keys().any(|typed| typed.eq_ignore_ascii_case(name));
        let others = headers.into_iter().filter(|(name, _)| !is_typed(name));
        let typed = typed_headers.iter().filter_map(|(name, value)| Some((name.clone(), plain(value.as_ref()?))));
        let headers = others.chain(typed).collect();
        let body = body.map(|body| body.to_string().into_bytes()).or(bytes).unwrap_or_default();
        Sent { wrong, ..Sent::plain(Ok(Answer { status, headers, body })) }
    }
}
