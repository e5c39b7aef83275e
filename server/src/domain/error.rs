//! The one error type of the service; the edge turns it into an answer in one place.

use chrono::{DateTime, Utc};

use super::model::{DuplicateFile, SessionStatus, Sha256};

/// Why an operation was not carried out. The text of each variant may be shown to a client, the source of
/// [`DomainError::Unavailable`] and [`DomainError::Internal`] may not: it is for the log.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// 404 `NOT_FOUND`: the caller has no such session, or the session no such file.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// 409 `SESSION_NOT_ACTIVE`.
    #[error("the session is {0}")]
    SessionNotActive(SessionStatus),
    /// 410 `SESSION_EXPIRED`.
    #[error("the session expired at {}", .0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))]
    SessionExpired(DateTime<Utc>),
    /// 409 `FILE_EXISTS`.
    #[error("the session already has a file `{0}`")]
    FileExists(String),
    /// 409 `FILE_COMPLETED`.
    #[error("the file is completed")]
    FileCompleted,
    /// 409 `FILES_INCOMPLETE`.
    #[error("{}", incomplete(*.open_files))]
    FilesIncomplete {
        /// How many files are not completed; 0 when the session has no file at all.
        open_files: i64,
    },
    /// 409 `DUPLICATE_FILE`.
    #[error("{} uploaded before", count(.0.len(), "file was", "files were"))]
    DuplicateFiles(Vec<DuplicateFile>),
    /// 413 `PAYLOAD_TOO_LARGE`.
    #[error("{0}")]
    TooLarge(String),
    /// 422 `VALIDATION_ERROR`.
    #[error("{} not allowed", count(.0.len(), "value is", "values are"))]
    Invalid(Vec<Violation>),
    /// 422 `VALIDATION_ERROR`: what was stored of the file is gone, as after a rule of a bucket for old uploads.
    #[error("what was stored of the file is gone; send all its parts again")]
    PartsLost,
    /// 422 `HASH_MISMATCH`.
    #[error("the stored bytes have the SHA-256 {actual}, not the declared {declared}")]
    HashMismatch {
        /// What the client declared when it registered the file.
        declared: Sha256,
        /// What the stored bytes have.
        actual: Sha256,
    },
    /// 400 `BAD_REQUEST`.
    #[error("{0}")]
    BadRequest(String),
    /// 408 `REQUEST_TIMEOUT`: the body stalled.
    #[error("the body did not arrive in time")]
    BodyTimeout,
    /// 503 `UNAVAILABLE`: what the service stands on does not answer; another try later may succeed.
    #[error("the service is not available at the moment")]
    Unavailable(#[source] Cause),
    /// 500 `INTERNAL_ERROR`.
    #[error("unexpected failure")]
    Internal(#[source] Cause),
}

/// What lies behind a failure that the client cannot repair.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// One value of a request that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where the value stands: `files[0].size` in a body, the name of a parameter otherwise.
    pub path: String,
    /// The rule that it breaks.
    pub message: String,
}

impl Violation {
    /// A violation at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl DomainError {
    /// One broken rule.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(path, message)])
    }

    /// A failure of something that the service stands on.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// A failure that should not be possible.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

fn incomplete(open_files: i64) -> String {
    match open_files {
        0 => "the session has no completed file".to_owned(),
        1 => "1 file of the session is not completed".to_owned(),
        n => format!("{n} files of the session are not completed"),
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
