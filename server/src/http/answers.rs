//! Answers of the domain in the words of the contract.

use chrono::{DateTime, Utc};
use server_api::ApiFailure;
use server_api::types;

use crate::domain::Uploads;
use crate::domain::model::{
    Activity, DuplicateFile, File, FileCompleted, FileDeclaration, FileRegistered, FileStatus, Part, PartStored,
    Session, SessionCreated, SessionFinalized, SessionId, SessionStatus, Sha256,
};

/// Where sessions live.
const SESSIONS: &str = "/api/mocs/uploads/sessions";

/// The address of a session.
pub fn session_location(session: SessionId) -> String {
    format!("{SESSIONS}/{session}")
}

/// The address of a file's parts, without the number.
pub fn parts_location(session: SessionId, registered: &FileRegistered) -> String {
    format!("{SESSIONS}/{session}/files/{}/parts", registered.file)
}

/// The `Upload-Limit` of a session (draft-ietf-httpbis-resumable-upload): how long it lives without activity.
pub fn upload_limit(uploads: &Uploads, expires_at: DateTime<Utc>) -> String {
    format!("max-age={}", (expires_at - uploads.now()).num_seconds().max(0))
}

/// A file of a request, as the domain knows it.
pub fn declaration(key: String, size: i64, hash: Option<String>, content_type: Option<String>) -> FileDeclaration {
    FileDeclaration { key, size, hash: hash.map(Sha256), content_type }
}

/// A file that was uploaded before.
pub fn duplicate(file: DuplicateFile) -> types::DuplicateFile {
    types::DuplicateFile { key: file.key, existing_url: file.existing_url }
}

/// The answer to createSession.
pub fn created(session: SessionCreated) -> types::CreateSessionResponse {
    let duplicates: Vec<_> = session.duplicates.into_iter().map(duplicate).collect();
    types::CreateSessionResponse {
        session_id: session.session.0,
        part_size_bytes: session.part_size_bytes,
        expires_at: session.expires_at,
        duplicates: (!duplicates.is_empty()).then_some(duplicates),
    }
}

/// The answer to getSession.
pub fn session(uploads: &Uploads, session: Session) -> types::Session {
    types::Session {
        session_id: session.id.0,
        status: session_status(session.status),
        part_size_bytes: session.part_size_bytes,
        created_at: session.created_at,
        expires_at: session.expires_at,
        max_expires_at: uploads.policy().extension.cap(session.created_at),
        failure_reason: session.failure_reason,
        files: session.files.into_iter().map(file).collect(),
    }
}

fn session_status(status: SessionStatus) -> types::SessionStatus {
    match status {
        SessionStatus::Active => types::SessionStatus::Active,
        SessionStatus::Completed => types::SessionStatus::Completed,
        SessionStatus::Failed => types::SessionStatus::Failed,
    }
}

fn file_status(status: FileStatus) -> types::FileStatus {
    match status {
        FileStatus::Registered => types::FileStatus::Registered,
        FileStatus::Completed => types::FileStatus::Completed,
    }
}

fn file(file: File) -> types::UploadFile {
    types::UploadFile {
        file_id: file.id.0,
        key: file.key,
        size: file.size,
        hash: file.hash.map(|hash| hash.0),
        content_type: file.content_type,
        status: file_status(file.status),
        file_url: file.url,
        parts: file.parts.into_iter().map(part).collect(),
    }
}

fn part(part: Part) -> types::StoredPart {
    types::StoredPart { part_number: part.number, etag: part.etag, size_bytes: part.size }
}

/// The answer to registerFile.
pub fn registered(registered: &FileRegistered, request: types::RegisterFileRequest) -> types::RegisterFileResponse {
    let (session_extended, new_expires_at) = extension(&registered.activity);
    types::RegisterFileResponse {
        file_id: registered.file.0,
        key: request.key,
        size: request.size,
        status: types::FileStatus::Registered,
        part_count: registered.part_count,
        session_extended,
        new_expires_at,
    }
}

/// The answer to uploadPart.
pub fn stored(stored: PartStored) -> types::UploadPartResponse {
    let (session_extended, new_expires_at) = extension(&stored.activity);
    types::UploadPartResponse {
        part_number: stored.part.number,
        etag: stored.part.etag,
        size_bytes: stored.part.size,
        session_extended,
        new_expires_at,
    }
}

/// The answer to completeFile.
pub fn completed(completed: FileCompleted) -> Result<types::CompleteFileResponse, ApiFailure> {
    let (session_extended, new_expires_at) = extension(&completed.activity);
    let file = completed.file;
    Ok(types::CompleteFileResponse {
        file_id: file.id.0,
        status: file_status(file.status),
        file_url: file.url.ok_or_else(|| ApiFailure::internal("a completed file has no address"))?,
        size: file.size,
        hash: file.hash.map(|hash| hash.0),
        session_extended,
        new_expires_at,
    })
}

/// The answer to finalizeSession.
pub fn finalized(id: SessionId, session: &SessionFinalized) -> Result<types::FinalizeSessionResponse, ApiFailure> {
    Ok(types::FinalizeSessionResponse {
        session_id: id.0,
        status: types::SessionStatus::Completed,
        file_count: i32::try_from(session.file_count).map_err(ApiFailure::internal)?,
        total_size_bytes: session.total_size_bytes,
        finalized_at: session.finalized_at,
    })
}

/// `sessionExtended` and `newExpiresAt`: both or neither.
fn extension(activity: &Activity) -> (Option<bool>, Option<DateTime<Utc>>) {
    (activity.extension.map(|_| true), activity.extension.map(|extension| extension.new_expires_at))
}
