//! Repeats of a request: the same key with the same request gets the first answer, with another request none.

use serde::de::DeserializeOwned;
use tokio_postgres::types::Json;

use crate::{
    domain::{DomainError, UserId, model::IdempotencyKey},
    postgres::{Connection, error::column, statements},
};

/// The first answer to this request, when its key was used before. `file_key` is the key of the file that it made.
pub struct FirstAnswer<T> {
    /// The answer.
    pub answer: T,
    /// The key of the file that the request made; none when it made no file, or found one of that key.
    pub file_key: Option<String>,
}

/// Looks up the first answer to a request.
///
/// # Errors
/// When the key was used for another request.
pub async fn first_answer<T: DeserializeOwned>(
    connection: &mut Connection,
    owner: &UserId,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<FirstAnswer<T>>, DomainError> {
    let Some(IdempotencyKey { key, request }) = idempotency else { return Ok(None) };
    let Some(row) = connection.query_opt(statements::READ_IDEMPOTENCY, &[&owner.0, key]).await? else {
        return Ok(None);
    };
    if column::<&[u8]>(&row, "request_hash")? != request {
        return Err(DomainError::invalid("Idempotency-Key", "was used for another request"));
    }
    let Json(answer) = row.try_get::<_, Json<T>>("answer").map_err(DomainError::internal)?;
    Ok(Some(FirstAnswer { answer, file_key: column(&row, "file_key")? }))
}

/// The key and the request of a promise, as parameters of a statement.
pub fn params(idempotency: Option<&IdempotencyKey>) -> (Option<&str>, Option<&[u8]>) {
    idempotency.map(|promise| (promise.key.as_str(), promise.request.as_slice())).unzip()
}
