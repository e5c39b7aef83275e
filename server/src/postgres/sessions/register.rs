//! registerFile: the file, the idempotency key and the extension in one statement.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    idempotency::{self, FirstAnswer},
    state::{self, ActivityParams},
};
use crate::{
    domain::{
        DomainError, FileId,
        extension::Extension,
        model::{Activity, FileRegistered},
        parts::part_count,
        ports::{FileAddress, NewFile},
    },
    postgres::{Connection, error::column, recorder, statements},
};

#[derive(Deserialize)]
struct Answer {
    file_id: Uuid,
    part_size_bytes: i64,
    expires_at: DateTime<Utc>,
    extended_to: Option<DateTime<Utc>>,
}

pub async fn register_file(connection: &mut Connection, new: &NewFile) -> Result<FileRegistered, DomainError> {
    let address = &new.address;
    let activity = ActivityParams::new(address.session, &address.owner, new.window);
    let declaration = &new.declaration;
    let hash = declaration.hash.as_ref().map(|hash| hash.0.as_str());
    let (idempotency_key, request_hash) = idempotency::params(new.idempotency.as_ref());
    let params = activity.with(&[
        &address.file.0,
        &declaration.key,
        &declaration.size,
        &hash,
        &declaration.content_type,
        &idempotency_key,
        &request_hash,
    ]);
    let row = connection.query_opt(statements::REGISTER_FILE, &params).await?;
    match row {
        Some(row) if column(&row, "done")? => {
            let (now, begun) = (new.window.now, column(&row, "created_at")?);
            let FileAddress { owner, session, file } = address;
            connection.happened(|| recorder::file_registered(*file, *session, owner, declaration.size, now, begun));
            Ok(FileRegistered {
                file: *file,
                part_count: part_count(declaration.size, column(&row, "part_size_bytes")?)?,
                repeated: false,
                activity: state::activity(&row)?,
            })
        }
        row => not_done(connection, new, &activity, row).await,
    }
}

/// Why the statement registered nothing. A repeat comes first: it gets its first answer whatever has happened since.
async fn not_done(
    connection: &mut Connection,
    new: &NewFile,
    activity: &ActivityParams<'_>,
    row: Option<Row>,
) -> Result<FileRegistered, DomainError> {
    let claimed = row.as_ref().map_or(Ok(false), |row| column(row, "claimed"))?;
    if !claimed {
        let first = idempotency::first_answer(connection, &new.address.owner, new.idempotency.as_ref()).await?;
        if let Some(first) = first {
            return repeated(new, first);
        }
    }
    let row = state::live_session(connection, activity, row).await?;
    if !column::<bool>(&row, "fitting")? {
        part_count(new.declaration.size, column(&row, "part_size_bytes")?)?;
    }
    Err(DomainError::FileExists(new.declaration.key.clone()))
}

fn repeated(new: &NewFile, first: FirstAnswer<Answer>) -> Result<FileRegistered, DomainError> {
    let Answer { file_id, part_size_bytes, expires_at, extended_to } = first.answer;
    if first.file_key.is_none() {
        return Err(DomainError::FileExists(new.declaration.key.clone()));
    }
    let extension = extended_to.map(|new_expires_at| Extension { old_expires_at: expires_at, new_expires_at });
    Ok(FileRegistered {
        file: FileId(file_id),
        part_count: part_count(new.declaration.size, part_size_bytes)?,
        repeated: true,
        activity: Activity { expires_at: extended_to.unwrap_or(expires_at), extension },
    })
}
