//! Routes for those who run the service. They share its port and are not part of its contract.

use std::time::Duration;

use dropshot::{ApiDescription, ApiDescriptionRegisterError, Body, HttpError, RequestContext, endpoint};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName};
use http::{Response, StatusCode};

use crate::service::Service;
use crate::telemetry;

/// The longest wait for the database.
const READY_TIMEOUT: Duration = Duration::from_secs(1);
const TEXT: &str = "text/plain; charset=utf-8";

/// The path templates of these routes.
pub const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Adds these routes to those of the contract.
pub fn register(api: &mut ApiDescription<Service>) -> Result<(), ApiDescriptionRegisterError> {
    api.register(healthz)?;
    api.register(readyz)?;
    api.register(metrics)
}

/// Whether the process is alive.
#[endpoint { method = GET, path = "/healthz", unpublished = true }]
async fn healthz(rqctx: RequestContext<Service>) -> Result<Response<Body>, HttpError> {
    answer(rqctx.context(), StatusCode::OK, TEXT, "ok\n".to_owned())
}

/// Whether requests should be sent here.
#[endpoint { method = GET, path = "/readyz", unpublished = true }]
async fn readyz(rqctx: RequestContext<Service>) -> Result<Response<Body>, HttpError> {
    let service = rqctx.context();
    if service.draining() {
        return answer(service, StatusCode::SERVICE_UNAVAILABLE, TEXT, "shutting down\n".to_owned());
    }
    match tokio::time::timeout(READY_TIMEOUT, service.database().check_ready()).await {
        Ok(Ok(())) => answer(service, StatusCode::OK, TEXT, "ready\n".to_owned()),
        outcome => {
            tracing::warn!(?outcome, "not ready");
            answer(service, StatusCode::SERVICE_UNAVAILABLE, TEXT, "the database is not available\n".to_owned())
        }
    }
}

/// Numbers for Prometheus.
#[endpoint { method = GET, path = "/metrics", unpublished = true }]
async fn metrics(rqctx: RequestContext<Service>) -> Result<Response<Body>, HttpError> {
    let service = rqctx.context();
    let outbox = service.outbox().await;
    let text = service.metrics().encode(service.pool(), outbox).map_err(internal)?;
    answer(service, StatusCode::OK, telemetry::CONTENT_TYPE, text)
}

fn answer(
    service: &Service,
    status: StatusCode,
    content_type: &str,
    text: String,
) -> Result<Response<Body>, HttpError> {
    let headers: [(HeaderName, &str); 2] = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")];
    let builder = headers
        .into_iter()
        .chain(service.draining().then_some((CONNECTION, "close")))
        .fold(Response::builder().status(status), |builder, (name, value)| builder.header(name, value));
    builder.body(text.into()).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> HttpError {
    HttpError::for_internal_error(error.to_string())
}
