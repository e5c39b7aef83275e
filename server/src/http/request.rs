//! What all entry points do around the call of the domain.

use std::future::Future;

use dropshot::RequestContext;
use server_api::ApiFailure;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::failures::{self, Declared};
use crate::domain::DomainError;
use crate::domain::model::IdempotencyKey;
use crate::service::Service;

/// Runs the work of an operation: counted, and with the request named on every line that it logs. The error is the one
/// that the operation must declare.
pub async fn run<T>(
    rqctx: &RequestContext<Service>,
    operation: &'static str,
    work: impl Future<Output = Result<T, DomainError>> + Send,
) -> Result<Result<T, Declared>, ApiFailure> {
    let _running = rqctx.context().metrics().running();
    let traceparent = rqctx.request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let span = tracing::info_span!("request", request_id = rqctx.request_id, traceparent, operation);
    match work.instrument(span).await {
        Ok(value) => Ok(Ok(value)),
        Err(error) => failures::declared(error, &rqctx.request_id).map(Err),
    }
}

/// What a client promises with an idempotency key, together with what it asks: the operation, its path and its body as
/// they were understood, so that white space or the order of keys make no other request.
pub fn idempotency<T: serde::Serialize>(
    key: Option<String>,
    operation: &str,
    path: &str,
    body: &T,
) -> Result<Option<IdempotencyKey>, ApiFailure> {
    let Some(key) = key else { return Ok(None) };
    let body = serde_json::to_vec(body).map_err(ApiFailure::internal)?;
    let mut hasher = Sha256::new();
    for part in [operation.as_bytes(), path.as_bytes(), &body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Ok(Some(IdempotencyKey { key, request: hasher.finalize().into() }))
}
