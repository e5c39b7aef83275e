//! The store of sessions. Each method that a client waits for is one statement, but those that complete a file or end a session:
//! these must see every part and every file that came in before, so they lock the session and look in a second statement.

mod create;
mod files;
mod finish;
mod idempotency;
mod read;
mod register;
mod state;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{budget::Budget, connection::Connection, database::Database};
use crate::domain::{
    DomainError, FileId,
    extension::ExtensionWindow,
    model::{Activity, FileCompleted, FileRegistered, Part, Session, SessionCreated, SessionFinalized},
    ports::{
        FileAddress, NewFile, NewSession, OpenFile, PartRecorded, SessionAborted, SessionAddress, SessionStore, Upload,
        UploadToken, Whole,
    },
};

/// Sessions in PostgreSQL.
#[derive(Clone)]
pub struct PgSessions {
    database: Database,
    /// What all calls have together; each has the whole deadline when there is none.
    budget: Option<Budget>,
}

impl PgSessions {
    pub(super) fn new(database: Database) -> Self {
        Self { database, budget: None }
    }

    async fn connection(&self) -> Result<Connection, DomainError> {
        match &self.budget {
            Some(budget) => self.database.connection_within(budget.clone()).await,
            None => self.database.connection().await,
        }
    }
}

#[async_trait]
impl SessionStore for PgSessions {
    fn for_request(&self) -> Box<dyn SessionStore> {
        let budget = Budget::new(self.database.deadline());
        Box::new(Self { database: self.database.clone(), budget: Some(budget) })
    }

    async fn create_session(&self, new: &NewSession) -> Result<SessionCreated, DomainError> {
        create::create_session(&mut self.connection().await?, new).await
    }

    async fn session(&self, address: &SessionAddress, now: DateTime<Utc>) -> Result<Session, DomainError> {
        read::session(&mut self.connection().await?, address, now).await
    }

    async fn register_file(&self, new: &NewFile) -> Result<FileRegistered, DomainError> {
        register::register_file(&mut self.connection().await?, new).await
    }

    async fn open_file(&self, address: &FileAddress, now: DateTime<Utc>) -> Result<OpenFile, DomainError> {
        files::open_file(&mut self.connection().await?, address, now).await
    }

    async fn extend_session(&self, address: &SessionAddress, window: ExtensionWindow) -> Result<Activity, DomainError> {
        files::extend_session(&mut self.connection().await?, address, window).await
    }

    async fn claim_upload(&self, file: FileId, token: &UploadToken) -> Result<UploadToken, DomainError> {
        files::claim_upload(&mut self.connection().await?, file, token).await
    }

    async fn forget_upload(&self, upload: &Upload) -> Result<(), DomainError> {
        files::forget_upload(&mut self.connection().await?, upload).await
    }

    async fn record_hash_mismatch(&self, file: FileId, now: DateTime<Utc>) -> Result<(), DomainError> {
        files::record_hash_mismatch(&mut self.database.connection().await?, file, now).await
    }

    async fn parts(&self, file: FileId) -> Result<Vec<Part>, DomainError> {
        files::parts(&mut self.connection().await?, file).await
    }

    async fn record_part(
        &self,
        address: &FileAddress,
        upload: &UploadToken,
        part: &Part,
        window: ExtensionWindow,
    ) -> Result<PartRecorded, DomainError> {
        files::record_part(&mut self.connection().await?, address, upload, part, window).await
    }

    async fn complete_file(
        &self,
        address: &FileAddress,
        whole: &Whole<'_>,
        window: ExtensionWindow,
    ) -> Result<Option<FileCompleted>, DomainError> {
        files::complete_file(&mut self.connection().await?, address, whole, window).await
    }

    async fn finalize_session(
        &self,
        address: &SessionAddress,
        now: DateTime<Utc>,
    ) -> Result<SessionFinalized, DomainError> {
        finish::finalize_session(&mut self.connection().await?, address, now).await
    }

    async fn abort_session(
        &self,
        address: &SessionAddress,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SessionAborted, DomainError> {
        finish::abort_session(&mut self.connection().await?, address, reason, now).await
    }
}
