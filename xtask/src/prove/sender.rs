//! What the requests of a run are sent with: plain HTTP, or a generated client.

use openapi::Sample;

use super::answer::Answer;
use super::client::{Client, Outgoing};

/// Sends one request of a contract.
pub trait Sender {
    /// Sends it and reads the whole answer.
    fn send(&mut self, sample: &Sample, outgoing: &Outgoing) -> Sent;
}

/// What became of a request that was to be sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The answer as the sender gives it, or why there is none.
    pub answer: Result<Answer, String>,
    /// Why the sender's types cannot express the request; nothing was sent then.
    pub inexpressible: Option<String>,
    /// What the request does that the contract forbids, and a typed client may therefore refuse.
    pub excuse: Option<String>,
    /// What the sender got wrong about the answer.
    pub wrong: Vec<String>,
}

impl Sent {
    /// An answer, or why there is none.
    pub fn plain(answer: Result<Answer, String>) -> Self {
        Self { answer, inexpressible: None, excuse: None, wrong: Vec::new() }
    }

    /// What is wrong before the answer itself is judged.
    pub fn complaints(&self, sample: &Sample) -> Vec<String> {
        let mut found = self.wrong.clone();
        match (&self.answer, &self.inexpressible) {
            (Ok(_), _) => {}
            // What the contract forbids, the types of a client may forbid as well.
            (Err(_), Some(_)) if self.excuse.is_some() && sample.expect >= 300 => {}
            (Err(_), Some(reason)) => {
                found.push(format!("the client cannot express what the contract allows: {reason}"))
            }
            (Err(reason), None) => found.push(reason.clone()),
        }
        found
    }

    /// Nothing came back.
    pub fn failed(reason: String) -> Self {
        Self::plain(Err(reason))
    }
}

impl Sender for Client {
    fn send(&mut self, _: &Sample, outgoing: &Outgoing) -> Sent {
        Sent::plain(Client::send(self, outgoing))
    }
}
