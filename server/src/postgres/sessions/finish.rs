//! finalizeSession and abortSession. The first statement locks the session, the second looks again: a file that was
//! registered while the lock was waited for is in its view.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use uuid::Uuid;

use super::state::{self, ActivityParams};
use crate::{
    domain::{
        DomainError, FileId,
        model::{SessionFinalized, SessionStatus},
        ports::{SessionAborted, SessionAddress, Upload, UploadToken},
    },
    postgres::{Connection, error::column, statements},
};

pub async fn finalize_session(
    connection: &mut Connection,
    address: &SessionAddress,
    now: DateTime<Utc>,
) -> Result<SessionFinalized, DomainError> {
    let look = ActivityParams::without_extension(address.session, &address.owner, now);
    let row = state::locked(connection, &look, statements::FINALIZE_SESSION, &[]).await?;
    if column(&row, "done")? || state::status(&row)? == SessionStatus::Completed {
        return Ok(SessionFinalized {
            file_count: column(&row, "file_count")?,
            total_size_bytes: column(&row, "total_size_bytes")?,
            finalized_at: column(&row, "finalized_at")?,
        });
    }
    let row = state::live_session(connection, &look, Some(row)).await?;
    Err(DomainError::FilesIncomplete { open_files: column(&row, "open_files")? })
}

pub async fn abort_session(
    connection: &mut Connection,
    address: &SessionAddress,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<SessionAborted, DomainError> {
    let look = ActivityParams::without_extension(address.session, &address.owner, now);
    let row = state::locked(connection, &look, statements::ABORT_SESSION, &[&reason]).await?;
    let (status, live) = (state::status(&row)?, column::<bool>(&row, "live")?);
    match status {
        SessionStatus::Completed => return Err(DomainError::SessionNotActive(status)),
        SessionStatus::Active if !live => match state::record_expiry(connection, &look).await? {
            completed @ DomainError::SessionNotActive(SessionStatus::Completed) => return Err(completed),
            _expired_or_aborted => {}
        },
        SessionStatus::Active | SessionStatus::Failed => {}
    }
    Ok(SessionAborted { uploads: uploads(&row)? })
}

fn uploads(row: &Row) -> Result<Vec<Upload>, DomainError> {
    let files: Vec<Uuid> = column(row, "files")?;
    let tokens: Vec<String> = column(row, "tokens")?;
    let upload = |(file, token)| Upload { file: FileId(file), token: UploadToken(token) };
    Ok(files.into_iter().zip(tokens).map(upload).collect())
}
