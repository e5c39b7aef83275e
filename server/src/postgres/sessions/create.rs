//! createSession: the duplicate check, the session and the idempotency key in one statement.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::idempotency::{self, FirstAnswer};
use crate::{
    domain::{
        DomainError, SessionId, Sha256,
        duplicates::{EarlierUpload, candidates, duplicates},
        model::SessionCreated,
        ports::NewSession,
    },
    postgres::{Connection, error::column, recorder, statements},
};

#[derive(Deserialize)]
struct Earlier {
    size: i64,
    hash: String,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    session_id: Uuid,
    part_size_bytes: i64,
    expires_at: DateTime<Utc>,
    earlier: Vec<Earlier>,
}

pub async fn create_session(connection: &mut Connection, new: &NewSession) -> Result<SessionCreated, DomainError> {
    let candidates = candidates(&new.files);
    let (idempotency_key, request_hash) = idempotency::params(new.idempotency.as_ref());
    let file_count = i64::try_from(new.files.len()).map_err(DomainError::internal)?;
    let total: i64 = new.files.iter().fold(0, |total, file| total.saturating_add(file.size));
    let row = connection
        .query_opt(
            statements::CREATE_SESSION,
            &[
                &new.id.0,
                &new.owner.0,
                &new.now,
                &new.expires_at,
                &new.part_size_bytes,
                &file_count,
                &total,
                &candidates.sizes,
                &candidates.hashes,
                &new.allow_duplicates,
                &idempotency_key,
                &request_hash,
            ],
        )
        .await?
        .ok_or_else(|| DomainError::internal("creating a session answered no row"))?;
    let Json(earlier) = row.try_get::<_, Json<Vec<Earlier>>>("earlier").map_err(DomainError::internal)?;
    if column(&row, "done")? {
        connection.happened(|| recorder::session_created(new.id, &new.owner, file_count, total, new.now));
        let answer =
            Answer { session_id: new.id.0, part_size_bytes: new.part_size_bytes, expires_at: new.expires_at, earlier };
        return Ok(created(new, answer, false));
    }
    let first = idempotency::first_answer(connection, &new.owner, new.idempotency.as_ref()).await?;
    if let Some(FirstAnswer { answer, .. }) = first {
        return Ok(created(new, answer, true));
    }
    if column(&row, "allowed")? {
        return Err(DomainError::unavailable("the idempotency key is being used"));
    }
    Err(DomainError::DuplicateFiles(duplicates(&new.files, &uploads(earlier))))
}

fn created(new: &NewSession, answer: Answer, repeated: bool) -> SessionCreated {
    SessionCreated {
        session: SessionId(answer.session_id),
        part_size_bytes: answer.part_size_bytes,
        expires_at: answer.expires_at,
        duplicates: duplicates(&new.files, &uploads(answer.earlier)),
        repeated,
    }
}

fn uploads(earlier: Vec<Earlier>) -> Vec<EarlierUpload> {
    earlier.into_iter().map(|Earlier { size, hash, url }| EarlierUpload { size, hash: Sha256(hash), url }).collect()
}
