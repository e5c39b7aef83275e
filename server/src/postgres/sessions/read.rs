//! getSession.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::{
    files,
    state::{self, ActivityParams},
};
use crate::{
    domain::{
        DomainError,
        model::{File, Part, Session, SessionStatus},
        ports::SessionAddress,
    },
    postgres::{Connection, error::column, statements},
};

pub async fn session(
    connection: &mut Connection,
    address: &SessionAddress,
    now: DateTime<Utc>,
) -> Result<Session, DomainError> {
    let session = read(connection, address).await?;
    if session.status != SessionStatus::Active || session.expires_at > now {
        return Ok(session);
    }
    let look = ActivityParams::without_extension(address.session, &address.owner, now);
    state::expire(connection, &look).await?;
    read(connection, address).await
}

async fn read(connection: &mut Connection, address: &SessionAddress) -> Result<Session, DomainError> {
    let rows = connection.query(statements::READ_SESSION, &[&address.session.0, &address.owner.0]).await?;
    let row = rows.first().ok_or(DomainError::NotFound("session"))?;
    Ok(Session {
        id: address.session,
        status: state::status(row)?,
        part_size_bytes: column(row, "part_size_bytes")?,
        created_at: column(row, "created_at")?,
        expires_at: column(row, "expires_at")?,
        failure_reason: column(row, "failure_reason")?,
        files: rows.iter().filter_map(|row| file(row).transpose()).collect::<Result<_, _>>()?,
    })
}

fn file(row: &Row) -> Result<Option<File>, DomainError> {
    let Some(file) = files::file(row)? else { return Ok(None) };
    let numbers: Vec<i32> = column::<Option<_>>(row, "numbers")?.unwrap_or_default();
    let etags: Vec<String> = column::<Option<_>>(row, "etags")?.unwrap_or_default();
    let sizes: Vec<i64> = column::<Option<_>>(row, "sizes")?.unwrap_or_default();
    let part = |((number, etag), size)| Part { number, etag, size };
    Ok(Some(File { parts: numbers.into_iter().zip(etags).zip(sizes).map(part).collect(), ..file }))
}
