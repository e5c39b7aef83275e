//! Which of the declared responses is given.

use indexmap::IndexSet;
use openapi::{Contract, Operation, Response, Sample};

use super::preference::Preference;
use super::rules::error::ApiFailure;

/// An operation whose responses are chosen from.
pub struct Choice<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The operation.
    pub operation: &'a Operation,
}

impl<'a> Choice<'a> {
    /// The response that a client prefers, else the first success.
    ///
    /// # Errors
    /// 400 for what is not declared, with what is.
    pub fn response(&self, preference: &Preference) -> Result<&'a Response, ApiFailure> {
        let (id, responses) = (&self.operation.id, &self.operation.responses);
        match (&preference.code, &preference.example) {
            (None, None) => {
                let success = responses.iter().find(|response| response.status < 400).or(responses.first());
                success.ok_or_else(|| ApiFailure::internal(format!("{id} declares no answer")))
            }
            (None, Some(name)) => {
                // What shows a body of this name comes before what a request of this name gets.
                let shown = responses.iter().find(|response| bodies(response).any(|key| key == *name));
                shown.or_else(|| responses.iter().find(|response| self.is_expected(response, name))).ok_or_else(|| {
                    let names = listed(responses.iter().flat_map(|response| self.names(response)));
                    refused(&format!("{id} has no example `{name}`; it has {names}"))
                })
            }
            (Some(code), example) => {
                let response = responses.iter().find(|response| response.status.to_string() == *code);
                let response = response.ok_or_else(|| {
                    let statuses = listed(responses.iter().map(|response| response.status.to_string()));
                    refused(&format!("{id} declares no status `{code}`; it declares {statuses}"))
                })?;
                match example {
                    Some(name) if !self.names(response).any(|known| known == *name) => {
                        let names = listed(self.names(response));
                        Err(refused(&format!("{id} has no example `{name}` of {code}; it has {names}")))
                    }
                    _ => Ok(response),
                }
            }
        }
    }

    /// Everything that an example of a response can be called by.
    fn names(&self, response: &Response) -> impl Iterator<Item = String> {
        let status = response.status;
        let expecting = self.requests().filter(move |sample| sample.expect == status);
        bodies(response).chain(expecting.filter_map(Sample::key).map(str::to_owned))
    }

    /// Whether a request of this name gets the response, whose body it need not show.
    fn is_expected(&self, response: &Response, name: &str) -> bool {
        self.requests().any(|sample| sample.expect == response.status && sample.key() == Some(name))
    }

    fn requests(&self) -> impl Iterator<Item = &'a Sample> {
        let id = &self.operation.id;
        self.contract.samples.iter().filter(move |sample| sample.operation == *id)
    }
}

fn bodies(response: &Response) -> impl Iterator<Item = String> {
    response.content.iter().flat_map(|content| &content.examples).map(|example| example.key.clone())
}

/// Each word once, in the order given.
fn listed(words: impl Iterator<Item = String>) -> String {
    let words: IndexSet<_> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.into_iter().collect::<Vec<_>>().join(", ") }
}

fn refused(message: &str) -> ApiFailure {
    ApiFailure::bad_request(format!("Prefer: {message}"))
}
