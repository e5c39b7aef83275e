//! The nouns of the service.

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::extension::Extension;

/// Identifies an upload session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub Uuid);

/// Identifies a file of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub Uuid);

/// Identifies a user: the `sub` of a token, as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub String);

/// SHA-256 as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub String);

macro_rules! display {
    ($($name:ty),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}
display!(SessionId, FileId, UserId, Sha256);

impl SessionId {
    /// A new identifier, ordered by time: neighbours in time are neighbours in every index.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

impl FileId {
    /// A new identifier, ordered by time.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }
}

/// Where a session stands. Expired and aborted sessions are `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// Takes files and bytes.
    Active,
    /// Finalized.
    Completed,
    /// Expired or aborted.
    Failed,
}

impl SessionStatus {
    /// The word for it in the database and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The status that `word` stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Completed, Self::Failed].into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileStatus {
    /// Takes parts.
    Registered,
    /// All bytes are stored and checked.
    Completed,
}

impl FileStatus {
    /// The word for it in the database and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Completed => "completed",
        }
    }

    /// The status that `word` stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Registered, Self::Completed].into_iter().find(|status| status.as_str() == word)
    }
}

/// A session and everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Size of every part of a file but its last.
    pub part_size_bytes: i64,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it ends unless the client is active.
    pub expires_at: DateTime<Utc>,
    /// Why it failed, when it did.
    pub failure_reason: Option<String>,
    /// Its files in the order of their registration.
    pub files: Vec<File>,
}

/// A file of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its identifier.
    pub id: FileId,
    /// The client's name for it.
    pub key: String,
    /// Its size in bytes.
    pub size: i64,
    /// The SHA-256 that the client declared.
    pub hash: Option<Sha256>,
    /// Its media type, as declared.
    pub content_type: Option<String>,
    /// Where it stands.
    pub status: FileStatus,
    /// Where it is stored, once it is completed.
    pub url: Option<String>,
    /// What is stored of it until it is completed, in order of the part number.
    pub parts: Vec<Part>,
}

/// A stored part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its position, from 1.
    pub number: i32,
    /// Identifies its bytes as they were stored.
    pub etag: String,
    /// Its size in bytes.
    pub size: i64,
}

/// A file that the caller wants to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDeclaration {
    /// The client's name for it.
    pub key: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256, when the client knows it.
    pub hash: Option<Sha256>,
    /// Its media type.
    pub content_type: Option<String>,
}

/// A file of a request that the caller has uploaded before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateFile {
    /// The client's name for it in this request.
    pub key: String,
    /// Where the earlier upload is stored.
    pub existing_url: String,
}

/// The client's promise that two requests with this key are the same request, and what was asked with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// What the client sent as `Idempotency-Key`.
    pub key: String,
    /// SHA-256 over the operation, its path and its body, as the service understands them.
    pub request: [u8; 32],
}

/// The answer to createSession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCreated {
    /// The new session.
    pub session: SessionId,
    /// Size of every part of a file but its last.
    pub part_size_bytes: i64,
    /// When the session ends unless the client is active.
    pub expires_at: DateTime<Utc>,
    /// What was uploaded before; empty unless duplicates were allowed.
    pub duplicates: Vec<DuplicateFile>,
    /// Whether this is the first answer once more, to a repeat of its request.
    pub repeated: bool,
}

/// The answer to registerFile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRegistered {
    /// The new file.
    pub file: FileId,
    /// How many parts it has.
    pub part_count: i32,
    /// Whether this is the first answer again, to a repeat with its idempotency key: then nothing happened now.
    pub repeated: bool,
    /// What the activity did to the session.
    pub activity: Activity,
}

/// The answer to uploadPart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartStored {
    /// The part as stored.
    pub part: Part,
    /// What the activity did to the session.
    pub activity: Activity,
}

/// The answer to completeFile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCompleted {
    /// The completed file.
    pub file: File,
    /// What the activity did to the session.
    pub activity: Activity,
}

/// The answer to finalizeSession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFinalized {
    /// How many files it holds.
    pub file_count: i64,
    /// Their size together.
    pub total_size_bytes: i64,
    /// When it was finalized.
    pub finalized_at: DateTime<Utc>,
}

/// What the life time of a session looks like after an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When the session ends now.
    pub expires_at: DateTime<Utc>,
    /// Set when this very call extended the session.
    pub extension: Option<Extension>,
}
