//! What can go wrong with a call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::response::{Answer, Head};
use crate::retry;

/// Why a call failed. `E` lists the errors that the contract declares for the operation, one variant a status.
#[derive(Debug)]
pub enum Error<E> {
    /// The server answered with an error that the contract declares.
    Api(E),
    /// A value is missing or not allowed; nothing was sent.
    InvalidRequest(String),
    /// The token provider failed; nothing was sent.
    Token(Box<dyn std::error::Error + Send + Sync>),
    /// There was no complete answer: no connection, a broken one, or a timeout.
    Transport(reqwest::Error),
    /// There was an answer that the contract does not declare, such as a proxy's error page.
    Unexpected(Box<UnexpectedAnswer>),
}

impl<E: DeclaredError> Error<E> {
    /// The status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.head().map(|head| head.status)
    }

    /// What the server calls the request in its log, if it said so.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.head()?.request_id.as_deref()
    }

    /// Every header of the answer, if there was one.
    #[must_use]
    pub fn header_map(&self) -> Option<&HeaderMap> {
        self.head().map(|head| &head.headers)
    }

    /// How long the server asks to wait before another try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry::retry_after(self.header_map()?)
    }

    /// Whether the time for connecting, reading, or the whole attempt ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_timeout())
    }

    fn head(&self) -> Option<&Head> {
        match self {
            Self::Api(error) => Some(error.head()),
            Self::Unexpected(answer) => Some(&answer.head),
            Self::InvalidRequest(_) | Self::Token(_) | Self::Transport(_) => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => write!(f, "{error}"),
            Self::InvalidRequest(message) => write!(f, "the request is not valid: {message}"),
            Self::Token(error) => write!(f, "there is no token: {error}"),
            Self::Transport(error) => write!(f, "{error}"),
            Self::Unexpected(answer) => write!(f, "{answer}"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Api(error) => error.source(),
            Self::Token(error) => Some(error.as_ref()),
            Self::Transport(error) => error.source(),
            Self::InvalidRequest(_) | Self::Unexpected(_) => None,
        }
    }
}

impl<E> From<reqwest::Error> for Error<E> {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

impl<E> From<UnexpectedAnswer> for Error<E> {
    fn from(answer: UnexpectedAnswer) -> Self {
        Self::Unexpected(Box::new(answer))
    }
}

/// The errors that the contract declares for one operation.
pub trait DeclaredError: std::error::Error + Sized {
    /// The error of this answer, unless its status or its body is not what the contract declares.
    #[doc(hidden)]
    fn decode(answer: Answer) -> Result<Self, UnexpectedAnswer>;

    #[doc(hidden)]
    fn head(&self) -> &Head;
}

/// An answer that the contract does not declare: another status, or another body.
#[derive(Debug)]
pub struct UnexpectedAnswer {
    head: Box<Head>,
    body: Bytes,
    reason: String,
}

impl UnexpectedAnswer {
    pub(crate) fn new(head: Head, body: Bytes, reason: String) -> Self {
        Self { head: Box::new(head), body, reason }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Every header of the answer.
    #[must_use]
    pub fn header_map(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The body as it was received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for UnexpectedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unexpected answer {}: {}", self.head, self.reason)
    }
}

impl std::error::Error for UnexpectedAnswer {}
