//! The store of sessions, with faults in what it keeps and what it answers.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::catalog::faults;
use crate::domain::extension::ExtensionWindow;
use crate::domain::model::{FileCompleted, FileRegistered, Part, Session, SessionCreated, SessionFinalized};
use crate::domain::ports::{
    FileAddress, NewFile, NewSession, OpenFile, PartRecorded, SessionAborted, SessionAddress, SessionStore, Upload,
    UploadToken,
};
use crate::domain::{DomainError, FileId};
use crate::postgres::Database;

faults! {
    /// What can be wrong with the store of sessions.
    SessionFault {
        ExtensionMissing "extension-missing" "No activity extends a session",
    }
}

/// The store of sessions, with one fault.
pub struct FaultySessions {
    right: Arc<dyn SessionStore>,
    fault: SessionFault,
    #[expect(dead_code)]
    database: Database,
}

impl FaultySessions {
    /// A store that does what `right` does, but for the fault.
    pub fn new(right: Arc<dyn SessionStore>, fault: SessionFault, database: Database) -> Self {
        Self { right, fault, database }
    }

    fn window(&self, window: ExtensionWindow) -> ExtensionWindow {
        match self.fault {
            SessionFault::ExtensionMissing => ExtensionWindow { due_until: window.now - TimeDelta::days(1), ..window },
        }
    }
}

#[async_trait]
impl SessionStore for FaultySessions {
    async fn create_session(&self, new: &NewSession) -> Result<SessionCreated, DomainError> {
        self.right.create_session(new).await
    }

    async fn session(&self, address: &SessionAddress, now: DateTime<Utc>) -> Result<Session, DomainError> {
        self.right.session(address, now).await
    }

    async fn register_file(&self, new: &NewFile) -> Result<FileRegistered, DomainError> {
        let new = NewFile { window: self.window(new.window), ..new.clone() };
        self.right.register_file(&new).await
    }

    async fn open_file(&self, address: &FileAddress, window: ExtensionWindow) -> Result<OpenFile, DomainError> {
        self.right.open_file(address, self.window(window)).await
    }

    async fn claim_upload(&self, file: FileId, token: &UploadToken) -> Result<UploadToken, DomainError> {
        self.right.claim_upload(file, token).await
    }

    async fn forget_upload(&self, upload: &Upload) -> Result<(), DomainError> {
        self.right.forget_upload(upload).await
    }

    async fn parts(&self, file: FileId) -> Result<Vec<Part>, DomainError> {
        self.right.parts(file).await
    }

    async fn record_part(
        &self,
        address: &FileAddress,
        upload: &UploadToken,
        part: &Part,
        window: ExtensionWindow,
    ) -> Result<PartRecorded, DomainError> {
        self.right.record_part(address, upload, part, self.window(window)).await
    }

    async fn complete_file(
        &self,
        address: &FileAddress,
        url: &str,
        window: ExtensionWindow,
    ) -> Result<FileCompleted, DomainError> {
        self.right.complete_file(address, url, self.window(window)).await
    }

    async fn finalize_session(
        &self,
        address: &SessionAddress,
        now: DateTime<Utc>,
    ) -> Result<SessionFinalized, DomainError> {
        self.right.finalize_session(address, now).await
    }

    async fn abort_session(
        &self,
        address: &SessionAddress,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SessionAborted, DomainError> {
        self.right.abort_session(address, reason, now).await
    }
}
