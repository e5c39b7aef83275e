//! Files of a session: whether they take bytes, what is stored of them, and their completion.

use chrono::{DateTime, Utc};
use tokio_postgres::{Row, types::ToSql};

use super::state::{self, ActivityParams};
use crate::{
    domain::{
        DomainError, FileId, Sha256,
        extension::ExtensionWindow,
        model::{Activity, File, FileCompleted, FileStatus, Part},
        ports::{FileAddress, OpenFile, PartRecorded, SessionAddress, Upload, UploadToken, Whole},
    },
    postgres::{Connection, error::column, statements},
};

/// Only reads, so that it waits for no lock and for no disk.
pub async fn open_file(
    connection: &mut Connection,
    address: &FileAddress,
    now: DateTime<Utc>,
) -> Result<OpenFile, DomainError> {
    let params: [&(dyn ToSql + Sync); 4] = [&address.session.0, &address.owner.0, &address.file.0, &now];
    let row = connection.query_opt(statements::LOOK_AT_FILE, &params).await?;
    let look = ActivityParams::without_extension(address.session, &address.owner, now);
    let row = state::live_session(connection, &look, row).await?;
    let upload: Option<String> = column(&row, "upload_token")?;
    Ok(OpenFile {
        file: file(&row)?.ok_or(DomainError::NotFound("file"))?,
        part_size_bytes: column(&row, "part_size_bytes")?,
        upload: upload.map(UploadToken),
        session_created_at: column(&row, "created_at")?,
        expires_at: column(&row, "expires_at")?,
    })
}

pub async fn extend_session(
    connection: &mut Connection,
    address: &SessionAddress,
    window: ExtensionWindow,
) -> Result<Activity, DomainError> {
    let activity = ActivityParams::new(address.session, &address.owner, window);
    let row = connection.query_opt(statements::EXTEND_SESSION, &activity.with(&[])).await?;
    state::activity(&state::live_session(connection, &activity, row).await?)
}

pub async fn claim_upload(
    connection: &mut Connection,
    file: FileId,
    token: &UploadToken,
) -> Result<UploadToken, DomainError> {
    let row = connection.query_opt(statements::CLAIM_UPLOAD, &[&file.0, &token.0]).await?;
    let row = row.ok_or(DomainError::NotFound("file"))?;
    column(&row, "upload_token").map(UploadToken)
}

pub async fn forget_upload(connection: &mut Connection, upload: &Upload) -> Result<(), DomainError> {
    connection.query(statements::FORGET_UPLOAD, &[&upload.file.0, &upload.token.0]).await?;
    Ok(())
}

pub async fn record_hash_mismatch(
    connection: &mut Connection,
    file: FileId,
    now: DateTime<Utc>,
) -> Result<(), DomainError> {
    connection.query(statements::RECORD_HASH_MISMATCH, &[&file.0, &now]).await?;
    Ok(())
}

pub async fn parts(connection: &mut Connection, file: FileId) -> Result<Vec<Part>, DomainError> {
    let part = |row: Row| {
        Ok(Part {
            number: column(&row, "part_number")?,
            etag: column(&row, "etag")?,
            size: column(&row, "size_bytes")?,
        })
    };
    connection.query(statements::READ_PARTS, &[&file.0]).await?.into_iter().map(part).collect()
}

pub async fn record_part(
    connection: &mut Connection,
    address: &FileAddress,
    upload: &UploadToken,
    part: &Part,
    window: ExtensionWindow,
) -> Result<PartRecorded, DomainError> {
    let activity = ActivityParams::new(address.session, &address.owner, window);
    let params = activity.with(&[&address.file.0, &part.number, &part.etag, &part.size, &upload.0]);
    let row = connection.query_opt(statements::RECORD_PART, &params).await?;
    let row = state::live_session(connection, &activity, row).await?;
    if column(&row, "done")? {
        return Ok(PartRecorded { replaced: replaced(&row, part)?, activity: state::activity(&row)? });
    }
    Err(match column::<Option<&str>>(&row, "file_status")?.and_then(FileStatus::parse) {
        None => DomainError::NotFound("file"),
        Some(FileStatus::Completed) => DomainError::FileCompleted,
        Some(FileStatus::Registered) => DomainError::unavailable("the place of the part was used up meanwhile"),
    })
}

fn replaced(row: &Row, part: &Part) -> Result<Option<Part>, DomainError> {
    let etag: Option<String> = column(row, "previous_etag")?;
    let size: Option<i64> = column(row, "previous_size")?;
    let previous = etag.zip(size).map(|(etag, size)| Part { number: part.number, etag, size });
    Ok(previous.filter(|previous| previous.etag != part.etag))
}

pub async fn complete_file(
    connection: &mut Connection,
    address: &FileAddress,
    whole: &Whole<'_>,
    window: ExtensionWindow,
) -> Result<Option<FileCompleted>, DomainError> {
    let activity = ActivityParams::new(address.session, &address.owner, window);
    let etags: Vec<&str> = whole.parts.iter().map(|part| part.etag.as_str()).collect();
    let own: [&(dyn ToSql + Sync); 3] = [&address.file.0, &whole.url, &etags];
    let row = state::locked(connection, &activity, statements::COMPLETE_FILE, &own).await?;
    let row = state::live_session(connection, &activity, Some(row)).await?;
    let file = file(&row)?.ok_or(DomainError::NotFound("file"))?;
    let completed = FileCompleted { file, activity: state::activity(&row)? };
    Ok(column::<bool>(&row, "same_parts")?.then_some(completed))
}

/// The file of a row, without its parts; none when the row has no file.
pub fn file(row: &Row) -> Result<Option<File>, DomainError> {
    let Some(id) = column(row, "file_id")? else { return Ok(None) };
    let status = FileStatus::parse(column(row, "file_status")?);
    Ok(Some(File {
        id: FileId(id),
        key: column(row, "file_key")?,
        size: column(row, "file_size_bytes")?,
        hash: column::<Option<String>>(row, "file_hash")?.map(Sha256),
        content_type: column(row, "content_type")?,
        status: status.ok_or_else(|| DomainError::internal("an unknown file status"))?,
        url: column(row, "file_url")?,
        parts: Vec::new(),
    }))
}
