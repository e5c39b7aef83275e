//! Answers: unread, read, and decoded.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::error::UnexpectedAnswer;

/// A decoded answer: its body, which it dereferences to, and its headers as the contract declares them.
pub struct Response<T, H = ()>(Box<Parts<T, H>>);

struct Parts<T, H> {
    body: T,
    headers: H,
    head: Head,
}

impl<T, H> Response<T, H> {
    /// The body.
    #[must_use]
    pub fn body(&self) -> &T {
        &self.0.body
    }

    /// The body, taken out of the answer.
    #[must_use]
    pub fn into_body(self) -> T {
        self.0.body
    }

    /// The headers that the contract declares for this answer, as typed fields.
    #[must_use]
    pub fn headers(&self) -> &H {
        &self.0.headers
    }

    /// Every header as it was received.
    #[must_use]
    pub fn header_map(&self) -> &HeaderMap {
        &self.0.head.headers
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.head.status
    }

    /// What the server calls the request in its log.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.head.request_id.as_deref()
    }

    #[allow(dead_code, reason = "an API without declared errors does not use it")]
    pub(crate) fn head(&self) -> &Head {
        &self.0.head
    }
}

impl<T, H> Deref for Response<T, H> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.body
    }
}

impl<T, H> DerefMut for Response<T, H> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.body
    }
}

impl<T: fmt::Debug, H: fmt::Debug> fmt::Debug for Response<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.0.head.status)
            .field("headers", &self.0.headers)
            .field("body", &self.0.body)
            .finish()
    }
}

/// What is known of an answer beside its body.
#[derive(Clone, Debug)]
pub struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) message: Option<String>,
}

impl Head {
    fn new(status: StatusCode, headers: HeaderMap) -> Self {
        let request_id = header(&headers, "x-request-id");
        Self { status, headers, request_id, message: None }
    }

    /// An error's body often says what the headers do not: the request's id, and the reason in words.
    fn learn_from(&mut self, body: &[u8]) {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(body) else { return };
        let text = |names: &[&str]| names.iter().find_map(|name| Some(body.get(name)?.as_str()?.to_owned()));
        self.request_id = self.request_id.take().or_else(|| text(&["requestId", "request_id"]));
        self.message = text(&["message", "detail", "error"]);
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// The declared headers of an answer. A header that is missing or malformed is none: a proxy may have removed it.
pub trait FromHeaders {
    /// Reads the declared headers.
    fn from_headers(headers: &HeaderMap) -> Self;
}

impl FromHeaders for () {
    fn from_headers(_: &HeaderMap) -> Self {}
}

/// The value of a header, where it is present and of type `T`.
#[allow(dead_code, reason = "an API without declared headers does not use it")]
pub(crate) fn header<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// An answer whose body has not been read.
pub struct Incoming {
    head: Head,
    body: ByteStream,
}

impl Incoming {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: progenitor_client::ByteStream) -> Self {
        Self { head: Head::new(status, headers), body: ByteStream(body) }
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    #[allow(dead_code, reason = "an API without answers of bytes does not use it")]
    pub(crate) fn stream<H: FromHeaders>(self) -> Response<ByteStream, H> {
        decoded(self.body, self.head)
    }

    pub(crate) async fn read(self) -> reqwest::Result<Answer> {
        let body = self.body.bytes().await?;
        let mut head = self.head;
        if !head.status.is_success() {
            head.learn_from(&body);
        }
        Ok(Answer { head, body })
    }
}

/// An answer whose body has been read.
pub struct Answer {
    head: Head,
    body: Bytes,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    #[allow(dead_code, reason = "an API without answers of JSON does not use it")]
    pub(crate) fn json<T: DeserializeOwned, H: FromHeaders>(self) -> Result<Response<T, H>, UnexpectedAnswer> {
        match serde_json::from_slice(&self.body) {
            Ok(body) => Ok(decoded(body, self.head)),
            Err(error) => Err(self.unexpected(format!("its body is not what the contract declares: {error}"))),
        }
    }

    #[allow(dead_code, reason = "an API without errors of bytes does not use it")]
    pub(crate) fn bytes<H: FromHeaders>(self) -> Response<Bytes, H> {
        decoded(self.body, self.head)
    }

    #[allow(dead_code, reason = "an API without empty answers does not use it")]
    pub(crate) fn empty<H: FromHeaders>(self) -> Response<(), H> {
        decoded((), self.head)
    }

    pub(crate) fn undeclared(self) -> UnexpectedAnswer {
        self.unexpected("the contract does not declare this status".to_owned())
    }

    fn unexpected(self, reason: String) -> UnexpectedAnswer {
        UnexpectedAnswer::new(self.head, self.body, reason)
    }
}

fn decoded<T, H: FromHeaders>(body: T, head: Head) -> Response<T, H> {
    Response(Box::new(Parts { body, headers: H::from_headers(&head.headers), head }))
}

/// The bytes of an answer, as they arrive.
pub struct ByteStream(progenitor_client::ByteStream);

impl ByteStream {
    /// Reads it to its end.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn bytes(self) -> reqwest::Result<Bytes> {
        let body: Vec<Bytes> = self.0.into_inner().try_collect().await?;
        match <[Bytes; 1]>::try_from(body) {
            Ok([whole]) => Ok(whole),
            Err(pieces) => Ok(pieces.concat().into()),
        }
    }
}

impl Stream for ByteStream {
    type Item = reqwest::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}
