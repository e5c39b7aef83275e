//! What operators see: log lines and metrics.

mod bridge;
mod metrics;
mod routes;

use std::io::IsTerminal;

pub use bridge::dropshot_logger;
pub use metrics::{CONTENT_TYPE, Metrics, OutboxGauge, PoolGauge};
pub use routes::Routes;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Settings};

/// Whether a line would show what users store, whatever is asked for: the client of the database tells of statements with
/// their parameters.
fn shows_contents(told: &Metadata<'_>) -> bool {
    told.target().starts_with("tokio_postgres") && *told.level() > Level::INFO
}

/// Starts writing log lines to standard error. Standard output stays free for what was asked for.
pub fn start_logging(settings: &Settings) {
    let filter = EnvFilter::try_new(&settings.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(|told| !shows_contents(told)));
    let terminal = std::io::stderr().is_terminal();
    match settings.log_format {
        LogFormat::Text => registry.with(lines.with_ansi(terminal)).init(),
        LogFormat::Auto if terminal => registry.with(lines).init(),
        LogFormat::Auto | LogFormat::Json => {
            registry.with(lines.json().flatten_event(true).with_span_list(false)).init();
        }
    }
}
