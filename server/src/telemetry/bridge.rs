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

impl Fields {
    fn traceparent(&self) -> Option<&str> {
        (!self.traceparent.is_empty()).then_some(self.traceparent.as_str())
    }

    fn text(&mut self, key: &str, value: &str) {
        match key {
            "req_id" => self.request_id = value.to_owned(),
            "method" => self.method = value.to_owned(),
            "uri" => self.path = path(value).to_owned(),
            "hdr_traceparent" => self.traceparent = value.to_owned(),
            "handler_name" | "versions" => {}
            // Writing to a string cannot fail.
            key => drop(write!(self.others, " {key}={value}")),
        }
    }
}

impl Serializer for Fields {
    fn emit_arguments(&mut self, key: Key, value: &Arguments<'_>) -> slog::Result {
        // What is not asked for need not be written out.
        match key.as_ref() {
            "remote_addr" | "local_addr" => {}
            key => self.text(key, &value.to_string()),
        }
        Ok(())
    }

    fn emit_str(&mut self, key: Key, value: &str) -> slog::Result {
        self.text(key.as_ref(), value);
        Ok(())
    }

    fn emit_u16(&mut self, key: Key, value: u16) -> slog::Result {
        match key.as_ref() {
            "response_code" => self.status = value,
            _ => self.emit_arguments(key, &format_args!("{value}"))?,
        }
        Ok(())
    }

    fn emit_u128(&mut self, key: Key, value: u128) -> slog::Result {
        match key.as_ref() {
            "latency_us" => self.latency_us = u64::try_from(value).unwrap_or(u64::MAX),
            _ => self.emit_arguments(key, &format_args!("{value}"))?,
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
            traceparent = fields.traceparent(),
            method = fields.method,
            path = fields.path,
            status = fields.status,
            duration_ms = duration.as_secs_f64() * 1000.0,
            "request answered"
        );
    }
}

/// The path of a request's target, which with HTTP/2 is the whole URL.
fn path(target: &str) -> &str {
    let target = target.split('?').next().unwrap_or_default();
    match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or("/")),
        _ => target,
    }
}

fn forward(level: Level, message: &str, fields: &Fields) {
    let Fields { request_id, method, path, others, .. } = fields;
    let traceparent = fields.traceparent();
    match level {
        Level::Critical | Level::Error => {
            tracing::error!(target: "upload_server::http", request_id, traceparent, method, path, "{message}{others}");
        }
        _ => tracing::warn!(target: "upload_server::http", request_id, traceparent, method, path, "{message}{others}"),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_target_is_a_path_or_a_whole_url() {
        for (target, expected) in [
            ("/a/b?c=d", "/a/b"),
            ("http://host:1/a/b?c=d", "/a/b"),
            ("https://host", "/"),
            ("/a?next=http://b/c", "/a"),
            ("/a/http://b/c", "/a/http://b/c"),
            ("*", "*"),
        ] {
            assert_eq!(path(target), expected, "{target}");
        }
    }
}
