//! What happens between a built request and its answer: the token, timeouts and repetitions.
//!
//! Progenitor's client builds each request and hands it to the hooks below.

use std::sync::{Arc, Mutex, PoisonError};

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo, ResponseValue};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderValue};
use reqwest::{Request, StatusCode};

use crate::body::Body;
use crate::error::Error;
use crate::generated::client as raw;
use crate::response::Incoming;
use crate::retry::{self, RetryPolicy};
use crate::token::{BoxError, Tokens};

/// Shared by all calls of a client.
#[derive(Clone, Debug)]
pub struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// For bodies of bytes: sending them takes as long as it takes.
    unhurried: reqwest::Client,
    tokens: Tokens,
    retry: RetryPolicy,
}

/// What one call knows beyond its request. Progenitor's hooks cannot be handed a value, so it travels with the task.
#[derive(Debug)]
pub(crate) struct Call {
    /// Whether the contract wants a token.
    authenticated: bool,
    /// The body of bytes, which can perhaps be made again.
    body: Option<Body>,
    /// Why there is no token.
    failure: Mutex<Option<BoxError>>,
}

impl Call {
    #[allow(dead_code, reason = "an API with bodies of bytes only does not use it")]
    pub(crate) fn new(authenticated: bool) -> Self {
        Self { authenticated, body: None, failure: Mutex::default() }
    }

    /// A call that sends bytes, with the body of its first attempt.
    #[allow(dead_code, reason = "an API without bodies of bytes does not use it")]
    pub(crate) fn with_body<E>(authenticated: bool, body: Option<Body>) -> Result<(Self, reqwest::Body), Error<E>> {
        let invalid = |reason: &str| Error::InvalidRequest(format!("body: {reason}"));
        let body = body.ok_or_else(|| invalid("it is missing"))?;
        let first = body.make().ok_or_else(|| invalid("its stream was sent before"))?;
        Ok((Self { authenticated, body: Some(body), failure: Mutex::default() }, first))
    }
}

tokio::task_local! {
    static CALL: Call;
}

type RawResult =
    Result<ResponseValue<progenitor_client::ByteStream>, progenitor_client::Error<progenitor_client::ByteStream>>;

/// Refuses a call with the values that were not allowed, all at once.
pub(crate) fn check<E>(invalid: Vec<String>) -> Result<(), Error<E>> {
    if invalid.is_empty() { Ok(()) } else { Err(Error::InvalidRequest(invalid.join("; "))) }
}

/// Whether a text can be a segment of a path: with nothing, with dots, or with a backslash a URL means another path.
#[allow(dead_code, reason = "an API without text in its paths does not use it")]
pub(crate) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains('\\')
}

/// Runs `send`, a call of progenitor's client, and gives its answer whatever its status.
pub(crate) async fn run<E>(call: Call, send: impl Future<Output = RawResult>) -> Result<Incoming, Error<E>> {
    let (result, failure) = CALL
        .scope(call, async {
            let result = send.await;
            let failure = CALL.with(|call| call.failure.lock().unwrap_or_else(PoisonError::into_inner).take());
            (result, failure)
        })
        .await;
    use progenitor_client::Error as Raw;
    match (failure, result) {
        (Some(failure), _) => Err(Error::Token(failure)),
        (None, Ok(answer) | Err(Raw::ErrorResponse(answer))) => {
            Ok(Incoming::new(answer.status(), answer.headers().clone(), answer.into_inner()))
        }
        (None, Err(Raw::UnexpectedResponse(answer))) => {
            let answer = ResponseValue::stream(answer);
            Ok(Incoming::new(answer.status(), answer.headers().clone(), answer.into_inner()))
        }
        (None, Err(Raw::CommunicationError(error))) if error.is_builder() => {
            Err(Error::InvalidRequest(error.to_string()))
        }
        (None, Err(Raw::CommunicationError(error) | Raw::ResponseBodyError(error) | Raw::InvalidUpgrade(error))) => {
            Err(Error::Transport(error))
        }
        (None, Err(Raw::InvalidRequest(message) | Raw::Custom(message))) => Err(Error::InvalidRequest(message)),
        (None, Err(error @ Raw::InvalidResponsePayload(..))) => Err(Error::InvalidRequest(error.to_string())),
    }
}

impl Transport {
    pub(crate) fn new(unhurried: reqwest::Client, tokens: Tokens, retry: RetryPolicy) -> Self {
        Self(Arc::new(Shared { unhurried, tokens, retry }))
    }

    async fn execute(&self, hurried: &reqwest::Client, mut request: Request) -> reqwest::Result<reqwest::Response> {
        let has_bytes = CALL.with(|call| call.body.is_some());
        let client = if has_bytes { &self.0.unhurried } else { hurried };
        let mut retries = 0;
        let mut refreshed = false;
        loop {
            let repeatable = retry::is_repeatable(&request);
            let copy = copy(&request);
            let result = client.execute(request).await;
            let Some(mut next) = copy else { return result };
            if !refreshed && is_refused(&result) && self.replace_token(&mut next).await {
                refreshed = true;
            } else if let Some(pause) = self.0.retry.pause(retries, repeatable, &result) {
                tokio::time::sleep(pause).await;
                retries += 1;
            } else {
                return result;
            }
            if has_bytes && !fill(&mut next) {
                return result;
            }
            request = next;
        }
    }

    async fn replace_token(&self, request: &mut Request) -> bool {
        let Some(refused) = request.headers().get(AUTHORIZATION).cloned() else { return false };
        match self.0.tokens.after_refusal(&refused).await {
            Some(token) => request.headers_mut().insert(AUTHORIZATION, token).is_some(),
            None => false,
        }
    }

    /// The headers that progenitor does not set.
    async fn prepare(&self, request: &mut Request) -> Result<(), BoxError> {
        let (authenticated, length) = CALL.with(|call| (call.authenticated, call.body.as_ref().and_then(Body::length)));
        let headers = request.headers_mut();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if authenticated && let Some(token) = self.0.tokens.current().await? {
            headers.insert(AUTHORIZATION, token);
        }
        Ok(())
    }
}

/// The request once more; a body of bytes is added by [`fill`] when it is really sent again.
fn copy(request: &Request) -> Option<Request> {
    match CALL.with(|call| call.body.as_ref().map(Body::is_repeatable)) {
        None => request.try_clone(),
        Some(false) => None,
        Some(true) => {
            let mut copy = Request::new(request.method().clone(), request.url().clone());
            *copy.headers_mut() = request.headers().clone();
            Some(copy)
        }
    }
}

fn fill(request: &mut Request) -> bool {
    let body = CALL.with(|call| call.body.as_ref().and_then(Body::make));
    let made = body.is_some();
    *request.body_mut() = body;
    made
}

fn is_refused(result: &reqwest::Result<reqwest::Response>) -> bool {
    result.as_ref().is_ok_and(|response| response.status() == StatusCode::UNAUTHORIZED)
}

impl ClientHooks<Transport> for raw::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), progenitor_client::Error<E>> {
        self.inner().prepare(request).await.map_err(|failure| {
            CALL.with(|call| *call.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure));
            progenitor_client::Error::Custom("there is no token".to_owned())
        })
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        self.inner().execute(self.client(), request).await
    }
}

#[cfg(test)]
mod tests {
    use super::is_segment;

    #[test]
    fn text_that_would_change_the_path_is_no_segment() {
        for text in ["", ".", "..", "a\\..\\b"] {
            assert!(!is_segment(text), "{text:?}");
        }
        for text in ["a", "...", "../a", "a/b", "%2e%2e", " "] {
            assert!(is_segment(text), "{text:?}");
        }
    }
}
