//! Answers that are wrong in one thing.

use http::StatusCode;

use super::exchange::{Answer, Asked};
use crate::faults::catalog::faults;

faults! {
    /// What can be wrong with an answer on its way out, or with a request on its way in.
    AnswerFault {
        CreatedIsOk "created-is-ok" "createSession answers 200 instead of 201",
    }
}

impl AnswerFault {
    /// Changes a request before the service sees it.
    pub fn change_request(self, _asked: &mut Asked) {}

    /// Changes an answer before the client sees it.
    pub fn change(self, asked: &Asked, answer: &mut Answer) {
        match (self, asked.operation()) {
            (Self::CreatedIsOk, Some("createSession")) if answer.status == 201 => answer.status = StatusCode::OK,
            _ => {}
        }
    }
}
