//! The store of sessions, with faults in what it keeps and what it answers.

mod before;
mod behind;
mod listing;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use self::behind::Behind;
pub use self::listing::SessionFault;
use crate::domain::extension::ExtensionWindow;
use crate::domain::model::{
    Activity, FileCompleted, FileRegistered, FileStatus, Part, Session, SessionCreated, SessionFinalized, SessionStatus,
};
use crate::domain::ports::{
    FileAddress, NewFile, NewSession, OpenFile, PartRecorded, SessionAborted, SessionAddress, SessionStore, Upload,
    UploadToken, Whole,
};
use crate::domain::{DomainError, FileId, SessionId};
use crate::postgres::Database;

/// The store of sessions, with one fault.
pub struct FaultySessions {
    right: Arc<dyn SessionStore>,
    fault: SessionFault,
    behind: Arc<Behind>,
}

impl FaultySessions {
    /// A store that does what `right` does, but for the fault.
    pub fn new(right: Arc<dyn SessionStore>, fault: SessionFault, database: Database) -> Self {
        Self { right, fault, behind: Arc::new(Behind::new(database)) }
    }

    /// Whether the fault is this one.
    fn has(&self, fault: SessionFault) -> bool {
        self.fault == fault
    }

    /// Takes back an extension that the client is told of.
    async fn forget_extension(&self, session: SessionId, activity: &Activity) -> Result<(), DomainError> {
        match activity.extension.filter(|_| self.has(SessionFault::ExtensionNotKept)) {
            Some(extension) => self.behind.set_expiry(session, extension.old_expires_at).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl SessionStore for FaultySessions {
    fn for_request(&self) -> Box<dyn SessionStore> {
        let right = Arc::from(self.right.for_request());
        Box::new(Self { right, fault: self.fault, behind: Arc::clone(&self.behind) })
    }

    async fn create_session(&self, new: &NewSession) -> Result<SessionCreated, DomainError> {
        self.behind.prepare(self.fault).await?;
        let new = self.asked_session(new);
        if let Some(refusal) = self.refusal(&new).await? {
            return Err(refusal);
        }
        let created = self.right.create_session(&new).await?;
        if self.has(SessionFault::CreatedTwice) {
            let again = NewSession { id: SessionId::generate(), idempotency: None, allow_duplicates: true, ..new };
            self.right.create_session(&again).await?;
        }
        Ok(created)
    }

    async fn session(&self, address: &SessionAddress, now: DateTime<Utc>) -> Result<Session, DomainError> {
        let address = self.readable(address).await?;
        if self.has(SessionFault::ExtensionOnRead) {
            self.behind.extend(address.session, now).await?;
        }
        let mut session = self.right.session(&address, now).await?;
        if self.has(SessionFault::FilesReversed) {
            session.files.reverse();
        }
        Ok(session)
    }

    async fn register_file(&self, new: &NewFile) -> Result<FileRegistered, DomainError> {
        let new = self.asked_file(new).await?;
        let outcome = match self.right.register_file(&new).await {
            Err(refusal) => self.registered_anyway(&new, refusal).await,
            outcome => outcome,
        };
        let mut registered = outcome?;
        self.forget_extension(new.address.session, &registered.activity).await?;
        if self.has(SessionFault::PartCountTooHigh) {
            registered.part_count += 1;
        }
        Ok(registered)
    }

    async fn open_file(&self, address: &FileAddress, now: DateTime<Utc>) -> Result<OpenFile, DomainError> {
        let mut open = self.right.open_file(&self.writable(address).await?, now).await?;
        if self.has(SessionFault::CompletedFileOpen) {
            open.file.status = FileStatus::Registered;
        }
        Ok(open)
    }

    async fn extend_session(&self, address: &SessionAddress, window: ExtensionWindow) -> Result<Activity, DomainError> {
        let activity = self.right.extend_session(address, self.window(window)).await?;
        self.forget_extension(address.session, &activity).await?;
        Ok(activity)
    }

    async fn claim_upload(&self, file: FileId, token: &UploadToken) -> Result<UploadToken, DomainError> {
        self.right.claim_upload(file, token).await
    }

    async fn forget_upload(&self, upload: &Upload) -> Result<(), DomainError> {
        self.right.forget_upload(upload).await
    }

    async fn record_hash_mismatch(&self, file: FileId, now: DateTime<Utc>) -> Result<(), DomainError> {
        self.right.record_hash_mismatch(file, now).await
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
        let address = self.writable(address).await?;
        if let Some(kept) = self.first_part(&address, part).await? {
            return self.right.record_part(&address, upload, &kept, self.window(window)).await;
        }
        match self.right.record_part(&address, upload, part, self.window(window)).await {
            Err(DomainError::FileCompleted) if self.has(SessionFault::CompletedFileOpen) => {
                let activity = Activity { expires_at: window.proposed, extension: None };
                Ok(PartRecorded { replaced: None, activity })
            }
            outcome => outcome,
        }
    }

    async fn complete_file(
        &self,
        address: &FileAddress,
        whole: &Whole<'_>,
        window: ExtensionWindow,
    ) -> Result<Option<FileCompleted>, DomainError> {
        self.right.complete_file(&self.writable(address).await?, whole, self.window(window)).await
    }

    async fn finalize_session(
        &self,
        address: &SessionAddress,
        now: DateTime<Utc>,
    ) -> Result<SessionFinalized, DomainError> {
        self.refuse_ended(SessionFault::FinalizedTwiceRefused, SessionStatus::Completed, address, now).await?;
        match self.right.finalize_session(address, now).await {
            Ok(finalized) => self.finalized(address.session, finalized).await,
            Err(DomainError::FilesIncomplete { .. }) if self.has(SessionFault::IncompleteFinalized) => {
                self.behind.set_status(address.session, "completed", now).await?;
                Ok(SessionFinalized { file_count: 0, total_size_bytes: 0, finalized_at: now })
            }
            refused => refused,
        }
    }

    async fn abort_session(
        &self,
        address: &SessionAddress,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SessionAborted, DomainError> {
        self.refuse_ended(SessionFault::AbortedTwiceRefused, SessionStatus::Failed, address, now).await?;
        if self.has(SessionFault::AbortNotKept)
            && self.right.session(address, now).await?.status == SessionStatus::Active
        {
            return Ok(SessionAborted::default());
        }
        let reason = reason.filter(|_| !self.has(SessionFault::ReasonLost));
        self.right.abort_session(address, reason, now).await
    }
}
