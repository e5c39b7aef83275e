//! finalizeSession and abortSession. The first statement locks the session, the second looks again: a file that was
//! registered while the lock was waited for is in its view.

use chrono::{DateTime, Utc};
use tokio_postgres::{Row, types::ToSql};
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
    let row = locked(connection, address, now, statements::FINALIZE_SESSION, &[]).await?;
    if column(&row, "done")? || state::status(&row)? == SessionStatus::Completed {
        return Ok(SessionFinalized {
            file_count: column(&row, "file_count")?,
            total_size_bytes: column(&row, "total_size_bytes")?,
            finalized_at: column(&row, "finalized_at")?,
        });
    }
    let row = state::live_session(Some(row))?;
    Err(DomainError::FilesIncomplete { open_files: column(&row, "open_files")? })
}

pub async fn abort_session(
    connection: &mut Connection,
    address: &SessionAddress,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<SessionAborted, DomainError> {
    let row = locked(connection, address, now, statements::ABORT_SESSION, &[&reason]).await?;
    match state::status(&row)? {
        SessionStatus::Completed => Err(DomainError::SessionNotActive(SessionStatus::Completed)),
        SessionStatus::Active | SessionStatus::Failed => Ok(SessionAborted { uploads: uploads(&row)? }),
    }
}

fn uploads(row: &Row) -> Result<Vec<Upload>, DomainError> {
    let files: Vec<Uuid> = column(row, "files")?;
    let tokens: Vec<String> = column(row, "tokens")?;
    let upload = |(file, token)| Upload { file: FileId(file), token: UploadToken(token) };
    Ok(files.into_iter().zip(tokens).map(upload).collect())
}

async fn locked(
    connection: &mut Connection,
    address: &SessionAddress,
    now: DateTime<Utc>,
    statement: &str,
    own: &[&(dyn ToSql + Sync)],
) -> Result<Row, DomainError> {
    let params = ActivityParams::without_extension(address.session, &address.owner, now);
    connection.begin().await?;
    connection.query(statements::LOCK_SESSION, &[&address.session.0, &address.owner.0]).await?;
    let row = connection.query_opt(statement, &params.with(own)).await?;
    connection.commit().await?;
    row.ok_or(DomainError::NotFound("session"))
}
