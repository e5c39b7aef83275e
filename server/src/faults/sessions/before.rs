//! What the store is asked instead of what it should be asked, and what it answers instead of refusing.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FaultySessions, SessionFault};
use crate::domain::duplicates::{candidates, duplicates};
use crate::domain::extension::ExtensionWindow;
use crate::domain::model::{Activity, FileRegistered, IdempotencyKey, Part, SessionFinalized, SessionStatus};
use crate::domain::ports::{FileAddress, NewFile, NewSession, SessionAddress};
use crate::domain::{DomainError, SessionId};

impl FaultySessions {
    /// The extension rule at one moment.
    pub(super) fn window(&self, window: ExtensionWindow) -> ExtensionWindow {
        match self.fault {
            SessionFault::ExtensionMissing => ExtensionWindow { due_until: window.now, ..window },
            SessionFault::ExtensionDoubled => {
                ExtensionWindow { proposed: window.proposed + (window.proposed - window.now), ..window }
            }
            SessionFault::ExtensionPastCap => ExtensionWindow { max_lifetime: TimeDelta::days(365), ..window },
            SessionFault::ExtensionAlways => ExtensionWindow { due_until: window.now + TimeDelta::days(365), ..window },
            _ => window,
        }
    }

    fn promise(&self, key: Option<IdempotencyKey>) -> Option<IdempotencyKey> {
        match self.fault {
            SessionFault::IdempotencyIgnored => None,
            SessionFault::IdempotencyOfAnyBody => key.map(|key| IdempotencyKey { request: [0; 32], ..key }),
            _ => key,
        }
    }

    pub(super) fn asked_session(&self, new: &NewSession) -> NewSession {
        let allowed = match self.fault {
            SessionFault::DuplicatesIgnored => true,
            SessionFault::DuplicatesNeverAllowed => false,
            _ => new.allow_duplicates,
        };
        let mut asked =
            NewSession { allow_duplicates: allowed, idempotency: self.promise(new.idempotency.clone()), ..new.clone() };
        if self.has(SessionFault::DuplicatesOfFirstFile) {
            asked.files.iter_mut().skip(1).for_each(|file| file.hash = None);
        }
        asked
    }

    /// The refusal for duplicates that are none.
    pub(super) async fn refusal(&self, new: &NewSession) -> Result<Option<DomainError>, DomainError> {
        let (everyone, any_hash) =
            (self.has(SessionFault::DuplicatesOfEveryone), self.has(SessionFault::DuplicatesBySize));
        if new.allow_duplicates || !(everyone || any_hash) {
            return Ok(None);
        }
        let owner = (!everyone).then_some(&new.owner);
        let earlier = self.behind.earlier_uploads(&candidates(&new.files), owner, any_hash).await?;
        let found = duplicates(&new.files, &earlier);
        Ok((!found.is_empty()).then_some(DomainError::DuplicateFiles(found)))
    }

    /// A session as its owner addresses it, for whoever asks.
    async fn as_owner(&self, address: &SessionAddress) -> Result<SessionAddress, DomainError> {
        let owner = self.behind.owner(address.session).await?;
        Ok(SessionAddress { owner: owner.unwrap_or_else(|| address.owner.clone()), session: address.session })
    }

    pub(super) async fn readable(&self, address: &SessionAddress) -> Result<SessionAddress, DomainError> {
        if self.has(SessionFault::OthersReadable) { self.as_owner(address).await } else { Ok(address.clone()) }
    }

    pub(super) async fn writable(&self, address: &FileAddress) -> Result<FileAddress, DomainError> {
        if !self.has(SessionFault::OthersWritable) {
            return Ok(address.clone());
        }
        let session = SessionAddress { owner: address.owner.clone(), session: address.session };
        Ok(FileAddress { owner: self.as_owner(&session).await?.owner, ..address.clone() })
    }

    pub(super) async fn asked_file(&self, new: &NewFile) -> Result<NewFile, DomainError> {
        Ok(NewFile {
            address: self.writable(&new.address).await?,
            window: self.window(new.window),
            idempotency: self.promise(new.idempotency.clone()),
            ..new.clone()
        })
    }

    /// Registers a file although the store refuses it, when that is the fault.
    pub(super) async fn registered_anyway(
        &self,
        new: &NewFile,
        refusal: DomainError,
    ) -> Result<FileRegistered, DomainError> {
        let (session, now) = (new.address.session, new.window.now);
        match (self.fault, &refusal) {
            (SessionFault::ExpiredAccepted, DomainError::SessionExpired(_))
            | (SessionFault::AbortedAccepted, DomainError::SessionNotActive(SessionStatus::Failed)) => {
                self.behind.set_expiry(session, new.window.proposed).await?;
                self.behind.set_status(session, "active", now).await?;
                self.right.register_file(new).await
            }
            (SessionFault::FileKeyTwice, DomainError::FileExists(key)) => {
                let address = SessionAddress { owner: new.address.owner.clone(), session };
                let there = self.right.session(&address, now).await?;
                let file = there.files.iter().find(|file| file.key == *key).ok_or(refusal)?;
                let activity = Activity { expires_at: there.expires_at, extension: None };
                Ok(FileRegistered { file: file.id, part_count: 1, repeated: false, activity })
            }
            _ => Err(refusal),
        }
    }

    /// The part that stays although another one of its number was sent.
    pub(super) async fn first_part(&self, address: &FileAddress, sent: &Part) -> Result<Option<Part>, DomainError> {
        if !self.has(SessionFault::FirstPartStays) {
            return Ok(None);
        }
        let parts = self.right.parts(address.file).await?;
        Ok(parts.into_iter().find(|part| part.number == sent.number))
    }

    /// Refuses a repeat that should get the first answer, when that is the fault.
    pub(super) async fn refuse_ended(
        &self,
        fault: SessionFault,
        status: SessionStatus,
        address: &SessionAddress,
        now: DateTime<Utc>,
    ) -> Result<(), DomainError> {
        if self.has(fault) && self.right.session(address, now).await?.status == status {
            return Err(DomainError::SessionNotActive(status));
        }
        Ok(())
    }

    pub(super) async fn finalized(
        &self,
        session: SessionId,
        finalized: SessionFinalized,
    ) -> Result<SessionFinalized, DomainError> {
        match self.fault {
            SessionFault::FinalizeNotKept => self.behind.set_status(session, "active", finalized.finalized_at).await?,
            SessionFault::TotalOfNothing => return Ok(SessionFinalized { total_size_bytes: 0, ..finalized }),
            _ => {}
        }
        Ok(finalized)
    }
}
