//! What the domain needs of the outside. Adapters promise what each method says.
//!
//! A method of [`SessionStore`] is one transaction: it happens as a whole or not at all, whatever happens at the same
//! time in any number of processes. Every step in a session's life leaves its event in that same transaction: it adds a row
//! that tells of itself, or writes the event down. So there is no port to send events to.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, SubsecRound, Utc};
use futures::stream::BoxStream;

use super::{
    analytics::{Analytics, AnalyticsQuery},
    error::DomainError,
    extension::ExtensionWindow,
    model::{
        Activity, File, FileCompleted, FileDeclaration, FileId, FileRegistered, IdempotencyKey, Part, Session,
        SessionCreated, SessionFinalized, SessionId, Sha256, UserId,
    },
};

/// Tells the time, in microseconds: what the database keeps.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;
}

/// The time of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// Counts what operators want to know of, at the moment that it happens.
pub trait Tally: Send + Sync + 'static {
    /// A session was extended by this action.
    fn extended(&self, action: &'static str);
}

/// A session of a user. Another user's session is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAddress {
    /// Whose it is.
    pub owner: UserId,
    /// Which it is.
    pub session: SessionId,
}

/// A file of a session of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAddress {
    /// Whose session it is.
    pub owner: UserId,
    /// Which session it is.
    pub session: SessionId,
    /// Which file it is.
    pub file: FileId,
}

impl FileAddress {
    /// The session that the file belongs to.
    pub fn session_address(&self) -> SessionAddress {
        SessionAddress { owner: self.owner.clone(), session: self.session }
    }
}

/// A session to create.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its identifier, made beforehand.
    pub id: SessionId,
    /// Whose it will be.
    pub owner: UserId,
    /// What the client wants to upload.
    pub files: Vec<FileDeclaration>,
    /// Create it although some of the files were uploaded before.
    pub allow_duplicates: bool,
    /// Size of every part of a file but its last.
    pub part_size_bytes: i64,
    /// The present moment.
    pub now: DateTime<Utc>,
    /// When it ends unless the client is active.
    pub expires_at: DateTime<Utc>,
    /// The client's promise about repeats.
    pub idempotency: Option<IdempotencyKey>,
}

/// A file to register.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// Where it goes; its identifier is made beforehand.
    pub address: FileAddress,
    /// What the client says about it.
    pub declaration: FileDeclaration,
    /// The extension rule at the present moment.
    pub window: ExtensionWindow,
    /// The client's promise about repeats.
    pub idempotency: Option<IdempotencyKey>,
}

/// A file that takes bytes, or is completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// The file, without its parts.
    pub file: File,
    /// Size of every part of it but the last.
    pub part_size_bytes: i64,
    /// Where its bytes go, once the object store has been asked.
    pub upload: Option<UploadToken>,
    /// When the session was opened.
    pub session_created_at: DateTime<Utc>,
    /// When the session ends unless the client is active.
    pub expires_at: DateTime<Utc>,
}

/// What became of a part that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRecorded {
    /// The part of that number that was there before, when its bytes were others.
    pub replaced: Option<Part>,
    /// What the activity did to the session.
    pub activity: Activity,
}

/// The bytes of a file in one piece.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// What it was made of, in order.
    pub parts: &'a [Part],
    /// Where it is stored.
    pub url: &'a str,
}

/// What an aborted session leaves to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionAborted {
    /// The places of its files that ever took bytes.
    pub uploads: Vec<Upload>,
}

/// Keeps sessions, their files and what is known of their bytes. Every method answers
/// [`DomainError::NotFound`] for what the owner does not have, and [`DomainError::Unavailable`] within the deadline
/// when the database does not answer. Methods that count as activity, or ask whether there can be any, answer
/// [`DomainError::SessionNotActive`] or [`DomainError::SessionExpired`] when that is so, and record an expiry that nobody
/// has recorded yet.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// The same store for one request that calls it more than once: its calls share one deadline.
    fn for_request(&self) -> Box<dyn SessionStore>;

    /// Creates a session, unless some of its files are duplicates and that is not allowed. A repeat with the same
    /// idempotency key gets the first answer.
    async fn create_session(&self, new: &NewSession) -> Result<SessionCreated, DomainError>;

    /// Reads a session with its files and parts. Never extends it; a session that has expired is recorded as failed.
    async fn session(&self, address: &SessionAddress, now: DateTime<Utc>) -> Result<Session, DomainError>;

    /// Adds a file to an active session. Activity. A repeat with the same idempotency key gets the first answer.
    async fn register_file(&self, new: &NewFile) -> Result<FileRegistered, DomainError>;

    /// Asks whether a file of an active session takes bytes. No activity yet: the request may still be refused.
    async fn open_file(&self, address: &FileAddress, now: DateTime<Utc>) -> Result<OpenFile, DomainError>;

    /// Activity that stores nothing yet, so that the session lives while bytes arrive or are put together.
    async fn extend_session(&self, address: &SessionAddress, window: ExtensionWindow) -> Result<Activity, DomainError>;

    /// Remembers where the bytes of a file go. The first token stays; the answer is the one that did.
    async fn claim_upload(&self, file: FileId, token: &UploadToken) -> Result<UploadToken, DomainError>;

    /// Forgets the parts of a file whose bytes the object store has used up, unless another place was claimed since.
    async fn forget_upload(&self, upload: &Upload) -> Result<(), DomainError>;

    /// Remembers that the content of a file did not have its hash, unless it was completed since: a session that ends with
    /// such a file has failed for it.
    async fn record_hash_mismatch(&self, file: FileId, now: DateTime<Utc>) -> Result<(), DomainError>;

    /// The stored parts of a file, in order.
    async fn parts(&self, file: FileId) -> Result<Vec<Part>, DomainError>;

    /// Records a part whose bytes are stored; the last one of its number wins. Activity.
    /// [`DomainError::FileCompleted`] when that is so.
    async fn record_part(
        &self,
        address: &FileAddress,
        upload: &UploadToken,
        part: &Part,
        window: ExtensionWindow,
    ) -> Result<PartRecorded, DomainError>;

    /// Completes a file whose parts were put together. Activity. A repeat gets the same answer. None, and no activity, when
    /// other parts are recorded by now, or the file was completed with others: the last part of its number wins, also over
    /// a whole that was being made.
    async fn complete_file(
        &self,
        address: &FileAddress,
        whole: &Whole<'_>,
        window: ExtensionWindow,
    ) -> Result<Option<FileCompleted>, DomainError>;

    /// Finalizes an active session whose files are all completed. A repeat gets the same answer.
    /// [`DomainError::FilesIncomplete`] when a file is open, or there is none.
    async fn finalize_session(
        &self,
        address: &SessionAddress,
        now: DateTime<Utc>,
    ) -> Result<SessionFinalized, DomainError>;

    /// Fails an active session for the client's reason, or without one for a content that was not as declared, and counts its
    /// files as not stored. On a failed session this changes nothing; the answer of an aborted one names the uploads again, so
    /// that a repeat removes what a crash left.
    async fn abort_session(
        &self,
        address: &SessionAddress,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SessionAborted, DomainError>;
}

/// What the object store calls a place for the parts of one file; kept with the file, opaque to all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadToken(pub String);

/// A place for the parts of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub file: FileId,
    /// What the object store calls its place.
    pub token: UploadToken,
}

/// The bytes of a part as they arrive. An error ends them: [`DomainError::BodyTimeout`] when they stall,
/// [`DomainError::BadRequest`] when they end early.
pub type PartBody = BoxStream<'static, Result<Bytes, DomainError>>;

/// What came of putting the parts of a file together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assembled {
    /// The whole content is stored and has the declared hash, if one was declared.
    Stored {
        /// Where it is stored.
        url: String,
    },
    /// The whole content has another hash; it is not stored as the file's content.
    HashMismatch {
        /// What it has.
        actual: Sha256,
        /// The parts are still there and each can be replaced. Else the place is used up.
        parts_kept: bool,
    },
}

/// Keeps bytes. Methods about the parts of a place answer [`DomainError::PartsLost`] when the store knows neither the
/// place nor a whole any more.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// Makes a place for the parts of a file.
    async fn begin(&self, file: FileId, content_type: Option<&str>) -> Result<UploadToken, DomainError>;

    /// Stores the bytes of part `number` and answers its ETag. Nothing is left of a part whose body ends in an error, or
    /// after a crash; bytes that were stored before under that number stay until [`ObjectStore::discard_part`]. The body
    /// has been checked to be neither longer nor shorter when it ends well.
    async fn put_part(&self, upload: &Upload, number: i32, body: PartBody) -> Result<String, DomainError>;

    /// Removes bytes of a part that was replaced, where the store keeps them. No error when they are gone.
    async fn discard_part(&self, upload: &Upload, part: &Part) -> Result<(), DomainError>;

    /// Puts the parts together, checks the declared hash and stores the whole. Safe to repeat, also at the same time
    /// and after a crash: when the whole is there already, with its `size`, the answer is the same. Other wholes stay, and
    /// parts where the store can keep them, until [`ObjectStore::tidy`].
    async fn assemble(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: i64,
        hash: Option<&Sha256>,
    ) -> Result<Assembled, DomainError>;

    /// Removes all that is stored of a completed file but its content, which is at `url`.
    async fn tidy(&self, upload: &Upload, url: &str) -> Result<(), DomainError>;

    /// Removes all that is stored of a file: its parts, and the whole. No error when it is gone.
    async fn remove(&self, upload: &Upload) -> Result<(), DomainError>;
}

/// Answers questions about what happened to sessions.
#[async_trait]
pub trait AnalyticsStore: Send + Sync + 'static {
    /// The metrics of a period and a page of its events.
    async fn query(&self, query: &AnalyticsQuery) -> Result<Analytics, DomainError>;
}
