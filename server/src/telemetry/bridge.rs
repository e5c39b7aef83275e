//! From Dropshot's log (slog) to ours (tracing).
//!
//! Dropshot tells of every request when it is answered, also of those that reach no operation of ours. That record
//! becomes one line of our log and one observation of the metrics. The query is left out: a client may have put
//! there what belongs into a header.

use std::fmt::{Arguments, Write};
use std::sync::Arc;
use std::time::Duration;

use slog::{Drain, KV, Key, Level, Logger, Never, OwnedKVList, Record, Serializer, o};

use super::Metrics;

/// A logger for Dropshot.
pub fn dropshot_logger(metrics: Arc<Metrics>) -> Logger {
    Logger::root(Bridge { metrics }, o!())
}

struct Bridge {
    metrics: Arc<Metrics>,
}

// slog asks for this; after a panic the counters in here are still counters.
impl std::panic::UnwindSafe for Bridge {}
impl std::panic::RefUnwindSafe for Bridge {}

/// What a record says.
#[derive(Default)]
struct Fields {
    request_id: String,
    method: String,
    path: String,
    traceparent: String,
    status: u16,
    latency_us: u64,
    others: String,
}

impl Serializer for Fields {
    fn emit_arguments(&mut self, key: Key, value: &Arguments<'_>) -> slog::Result {
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match key.as_ref() {
            "req_id" => self.request_id = text(),
            "method" => self.method = text(),
            "uri" => self.path = text().split('?').next().unwrap_or_default().to_owned(),
            "hdr_traceparent" => self.traceparent = text(),
            "remote_addr" | "local_addr" | "handler_name" | "versions" => {}
            "response_code" => self.status = text().parse().unwrap_or_default(),
            "latency_us" => self.latency_us = text().parse().unwrap_or_default(),
            key => write!(self.others, " {key}={value}")?,
        }
        Ok(())
    }
}

impl Drain for Bridge {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        if !record.level().is_at_least(Level::Info) {
            return Ok(());
        }
        let message = record.msg().to_string();
        let completed = message == "request completed";
        if record.level() == Level::Info && !completed {
            return Ok(());
        }
        let mut fields = Fields::default();
        // Writing to a string cannot fail.
        let _ = values.serialize(record, &mut fields);
        let _ = record.kv().serialize(record, &mut fields);
        match completed {
            true => self.completed(&fields),
            // A socket that was shut down, so that it refuses connections, accepts none.
            false if message == "accept error" && fields.others.contains("os error 22") => {}
            false => forward(record.level(), &message, &fields),
        }
        Ok(())
    }
}

impl Bridge {
    fn completed(&self, fields: &Fields) {
        let duration = Duration::from_micros(fields.latency_us);
        self.metrics.request(&fields.method, &fields.path, fields.status, duration);
        tracing::info!(
            target: "upload_server::http",
            request_id = fields.request_id,
            traceparent = (!fields.traceparent.is_empty()).then_some(fields.traceparent.as_str()),
            method = fields.method,
            path = fields.path,
            status = fields.status,
            duration_ms = duration.as_secs_f64() * 1000.0,
            "request answered"
        );
    }
}

fn forward(level: Level, message: &str, fields: &Fields) {
    let Fields { request_id, method, path, others, .. } = fields;
    match level {
        Level::Critical | Level::Error => {
            tracing::error!(target: "upload_server::http", request_id, method, path, "{message}{others}");
        }
        _ => tracing::warn!(target: "upload_server::http", request_id, method, path, "{message}{others}"),
    }
}
