//! The entry points: requests in the words of the contract become calls of the domain, and its answers become replies.
//! Nothing is decided here.

mod analytics;
mod answers;
mod cursor;
mod entry;
mod failures;
mod health;
mod request;

use dropshot::ApiDescription;
use server_api::UploadSessionsApi;

pub use self::entry::Entry;
use crate::service::Service;
use crate::telemetry::Routes;

/// The OpenAPI document of the service.
pub const DOCUMENT: &str = include_str!("../../../openapi/openapi.json");

/// Every route of the service, with the operations as `T` implements them.
///
/// # Errors
///
/// In words, when routes exclude each other.
pub fn description<T: UploadSessionsApi<Context = Service>>() -> Result<ApiDescription<Service>, String> {
    let mut api = server_api::api_description::<T>().map_err(|error| error.to_string())?;
    health::register(&mut api).map_err(|error| error.to_string())?;
    Ok(api)
}

/// The path templates of every route, for the metrics.
///
/// # Errors
///
/// In words, when the document cannot be read.
pub fn routes() -> Result<Routes, String> {
    let document: serde_json::Value =
        serde_json::from_str(DOCUMENT).map_err(|error| format!("openapi.json: {error}"))?;
    let paths = document.get("paths").and_then(|paths| paths.as_object()).ok_or("openapi.json: it has no paths")?;
    Ok(Routes::new(paths.keys().cloned().chain(health::PATHS.map(str::to_owned))))
}
