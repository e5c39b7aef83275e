//! Numbers for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::Routes;
use crate::domain::ports::Tally;

/// How a scrape is answered.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ActionLabels {
    action: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// The connections to the database at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoolGauge {
    /// Connections that exist.
    pub size: usize,
    /// Connections that nobody uses.
    pub idle: usize,
    /// Requests that wait for one.
    pub waiting: usize,
}

/// The events at one moment that are recorded and not yet moved to the analytics.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutboxGauge {
    /// How many.
    pub depth: i64,
    /// How many of them could not be moved, and were set aside.
    pub rejected: i64,
    /// The age of the oldest of the others.
    pub oldest_age: Duration,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    routes: Routes,
    requests: Family<RequestLabels, Histogram>,
    in_flight: Gauge,
    extensions: Family<ActionLabels, Counter>,
    duplicates: Family<OutcomeLabels, Counter>,
    uploaded_bytes: Counter,
    pool_size: Gauge,
    pool_idle: Gauge,
    pool_waiting: Gauge,
    outbox_depth: Gauge,
    outbox_rejected: Gauge,
    outbox_oldest_age: Gauge<f64, AtomicU64>,
}

impl Metrics {
    /// All counters at zero, for these routes.
    pub fn new(routes: Routes) -> Arc<Self> {
        let mut metrics = Self {
            registry: Registry::default(),
            routes,
            requests: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 16))),
            in_flight: Gauge::default(),
            extensions: Family::default(),
            duplicates: Family::default(),
            uploaded_bytes: Counter::default(),
            pool_size: Gauge::default(),
            pool_idle: Gauge::default(),
            pool_waiting: Gauge::default(),
            outbox_depth: Gauge::default(),
            outbox_rejected: Gauge::default(),
            outbox_oldest_age: Gauge::default(),
        };
        metrics.register_requests();
        metrics.register_storage();
        Arc::new(metrics)
    }

    fn register_requests(&mut self) {
        let registry = &mut self.registry;
        registry.register("build", "The program that runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer",
            Unit::Seconds,
            self.requests.clone(),
        );
        registry.register("http_requests_in_flight", "Operations that run now", self.in_flight.clone());
        registry.register("session_extensions", "Sessions extended, by the action that did", self.extensions.clone());
        registry.register("duplicate_files", "Files found to be uploaded before", self.duplicates.clone());
        registry.register_with_unit(
            "uploaded",
            "Bytes of parts that were stored",
            Unit::Bytes,
            self.uploaded_bytes.clone(),
        );
    }

    fn register_storage(&mut self) {
        let registry = &mut self.registry;
        registry.register("database_connections", "Connections to the database", self.pool_size.clone());
        registry.register("database_connections_idle", "Connections that nobody uses", self.pool_idle.clone());
        registry.register(
            "database_requests_waiting",
            "Requests that wait for a connection",
            self.pool_waiting.clone(),
        );
        registry.register("outbox_events", "Events not yet in the analytics", self.outbox_depth.clone());
        registry.register(
            "outbox_events_rejected",
            "Events that could not be moved to the analytics, and were set aside",
            self.outbox_rejected.clone(),
        );
        registry.register_with_unit(
            "outbox_oldest_age",
            "Age of the oldest event not yet in the analytics",
            Unit::Seconds,
            self.outbox_oldest_age.clone(),
        );
    }

    /// A request was answered. Methods that no route has are counted as one, since clients invent them at will.
    pub fn request(&self, method: &str, path: &str, status: u16, duration: Duration) {
        let method = match method {
            "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" => method,
            _ => "other",
        };
        let labels = RequestLabels { method: method.to_owned(), route: self.routes.of(path).to_owned(), status };
        self.requests.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// Counts an operation as running until the answer is dropped.
    pub fn running(self: &Arc<Self>) -> Running {
        self.in_flight.inc();
        Running(Arc::clone(self))
    }

    /// Files were uploaded before; the session was refused, or allowed all the same.
    pub fn duplicates(&self, outcome: &'static str, files: usize) {
        self.duplicates.get_or_create(&OutcomeLabels { outcome }).inc_by(files as u64);
    }

    /// Bytes of a part were stored.
    pub fn uploaded(&self, bytes: u64) {
        self.uploaded_bytes.inc_by(bytes);
    }

    /// All numbers as text; those of the database as they are now, if it says.
    pub fn encode(&self, pool: PoolGauge, outbox: Option<OutboxGauge>) -> Result<String, std::fmt::Error> {
        self.pool_size.set(gauge(pool.size));
        self.pool_idle.set(gauge(pool.idle));
        self.pool_waiting.set(gauge(pool.waiting));
        if let Some(outbox) = outbox {
            self.outbox_depth.set(outbox.depth);
            self.outbox_rejected.set(outbox.rejected);
            self.outbox_oldest_age.set(outbox.oldest_age.as_secs_f64());
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Tally for Metrics {
    fn extended(&self, action: &'static str) {
        self.extensions.get_or_create(&ActionLabels { action }).inc();
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// An operation that runs.
pub struct Running(Arc<Metrics>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_by_route_and_status() {
        let metrics = Metrics::new(Routes::new(["/s/{id}".to_owned()]));
        metrics.request("GET", "/s/1", 200, Duration::from_millis(3));
        metrics.request("GET", "/s/2", 200, Duration::from_millis(3));
        metrics.request("BREW", "/teapot", 404, Duration::ZERO);
        metrics.extended("registerFile");
        metrics.duplicates("refused", 2);
        let running = metrics.running();
        let text = metrics.encode(PoolGauge { size: 3, idle: 1, waiting: 0 }, Some(OutboxGauge::default())).unwrap();
        for line in [
            r#"http_request_duration_seconds_count{method="GET",route="/s/{id}",status="200"} 2"#,
            r#"http_request_duration_seconds_count{method="other",route="unmatched",status="404"} 1"#,
            "http_requests_in_flight 1",
            r#"session_extensions_total{action="registerFile"} 1"#,
            r#"duplicate_files_total{outcome="refused"} 2"#,
            "database_connections 3",
            "outbox_oldest_age_seconds 0.0",
            "build_info{version=",
        ] {
            assert!(text.contains(line), "no `{line}` in:\n{text}");
        }
        drop(running);
        assert!(metrics.encode(PoolGauge::default(), None).unwrap().contains("http_requests_in_flight 0"));
    }
}
