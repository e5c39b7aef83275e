//! The errors that the interface answers by itself, in one shape.

use std::borrow::Cow;
use std::fmt::Display;

use http::StatusCode;
use serde::Serialize;

/// How many violations an answer lists. A body can break rules in more places than anyone reads, and the answer must
/// not grow without bound; the message tells how many there are.
pub const MAX_LISTED_VIOLATIONS: usize = 1000;

/// One value of a request that breaks a rule of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where the value stands: `files[0].size` in a body, the name of a parameter otherwise.
    pub path: String,
    /// The rule that it breaks.
    pub message: String,
}

impl Violation {
    /// A value at `path` that breaks the rule `message`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Why a request gets none of the answers of its operation.
///
/// These are the statuses that any operation can have. What an operation answers beyond them is in its own response
/// type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    violations: Option<Vec<Violation>>,
    retry_after: Option<u32>,
    allow: Option<Box<str>>,
    cause: Option<Box<str>>,
}

impl ApiFailure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: message.into(),
            violations: None,
            retry_after: None,
            allow: None,
            cause: None,
        }
    }

    /// 400 `BAD_REQUEST`: the request is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// 401 `UNAUTHORIZED`: it is not known who calls.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    /// 403 `FORBIDDEN`: the caller may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// 404 `NOT_FOUND`: there is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 405 `METHOD_NOT_ALLOWED`: there is such a thing, and this method does nothing to it. `allow` names those that do,
    /// such as `GET, POST`.
    pub fn method_not_allowed(allow: impl Into<Box<str>>) -> Self {
        let allow = allow.into();
        let message = format!("this method is not supported here; there is {allow}");
        let mut failure = Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
        failure.allow = Some(allow);
        failure
    }

    /// 408 `REQUEST_TIMEOUT`: the body did not arrive in time.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
    }

    /// 413 `PAYLOAD_TOO_LARGE`: the body is larger than the server takes.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// 415 `UNSUPPORTED_MEDIA_TYPE`: the body is of another type, or encoded.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    /// 422 `VALIDATION_ERROR`: some values are not allowed, each with its rule.
    #[must_use]
    pub fn invalid(mut violations: Vec<Violation>) -> Self {
        let total = violations.len();
        violations.truncate(MAX_LISTED_VIOLATIONS);
        let message = match total {
            1 => "1 value is not allowed".to_owned(),
            _ if total > MAX_LISTED_VIOLATIONS => {
                format!("{total} values are not allowed; the first {MAX_LISTED_VIOLATIONS} are listed")
            }
            _ => format!("{total} values are not allowed"),
        };
        let mut failure = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR", message);
        failure.violations = Some(violations);
        failure
    }

    /// 500 `INTERNAL_ERROR`: the cause goes to the log, never to the caller.
    pub fn internal(cause: impl Display) -> Self {
        let mut failure =
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "the server met an unexpected failure");
        failure.cause = Some(cause.to_string().into());
        failure
    }

    /// 503 `UNAVAILABLE` with `Retry-After` in seconds; the cause goes to the log.
    pub fn unavailable(cause: impl Display, retry_after: u32) -> Self {
        let mut failure =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "the service is not available at the moment");
        failure.cause = Some(cause.to_string().into());
        failure.retry_after = Some(retry_after);
        failure
    }

    /// The same failure with a code of the server's own, such as `HASH_MISMATCH`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = code.into();
        self
    }

    /// The same failure with another message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The machine-readable reason.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What the caller is told.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The broken rules of a 422; empty for any other failure.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.violations.as_deref().unwrap_or_default()
    }

    /// What is logged and not told.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Seconds to wait before another try, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// The methods that the path has, where another was used.
    #[must_use]
    pub fn allow(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// The body of the answer, in the one shape of all failures: `{ code, message, requestId, violations? }`.
    #[must_use]
    pub fn body<'a>(&'a self, request_id: &'a str) -> ErrorBody<'a> {
        ErrorBody { code: &self.code, message: &self.message, request_id, violations: self.violations.as_deref() }
    }
}

/// The one shape of all failures.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    violations: Option<&'a [Violation]>,
}
