//! What every request of a running server has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use server_api::{ApiContext, ApiSettings};

use crate::auth::Authenticator;
use crate::config::Settings;
use crate::domain::Uploads;
use crate::domain::analytics::Retention;
use crate::domain::extension::ExtensionPolicy;
use crate::domain::policy::Policy;
use crate::domain::ports::{AnalyticsStore, Clock, ObjectStore, SessionStore, Tally};
use crate::postgres::Database;
use crate::telemetry::{Metrics, OutboxGauge, PoolGauge};

/// Room for a thousand files with names of 512 characters, each written as an escape of six bytes.
const MAX_JSON_BYTES: u64 = 8 * 1024 * 1024;

/// What the use cases stand on.
#[derive(Clone)]
pub struct Ports {
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Keeps bytes.
    pub objects: Arc<dyn ObjectStore>,
    /// Answers questions about sessions.
    pub analytics: Arc<dyn AnalyticsStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The parts of a running server.
pub struct Service {
    uploads: Uploads,
    analytics: Arc<dyn AnalyticsStore>,
    authenticator: Authenticator,
    database: Database,
    metrics: Arc<Metrics>,
    api: ApiSettings,
    draining: Arc<AtomicBool>,
}

impl Service {
    /// A service of these parts.
    pub fn new(
        settings: &Settings,
        authenticator: Authenticator,
        database: Database,
        ports: Ports,
        metrics: Arc<Metrics>,
    ) -> Self {
        let tally = Arc::clone(&metrics) as Arc<dyn Tally>;
        Self {
            uploads: Uploads::new(ports.sessions, ports.objects, ports.clock, tally, policy(settings)),
            analytics: ports.analytics,
            authenticator,
            database,
            metrics,
            api: api_settings(settings),
            draining: Arc::default(),
        }
    }

    /// The use cases of uploads.
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// What answers questions about sessions.
    pub fn analytics(&self) -> &dyn AnalyticsStore {
        &*self.analytics
    }

    /// What checks tokens.
    pub fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// The database, for questions about its state.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What is counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The connections to the database, now.
    pub fn pool(&self) -> PoolGauge {
        let status = self.database.pool_status();
        PoolGauge { size: status.size, idle: status.available, waiting: status.waiting }
    }

    /// The events that wait for the analytics, now, those in this process included; none when the database does not say.
    pub async fn outbox(&self) -> Option<OutboxGauge> {
        let backlog = self.database.outbox().backlog().await.ok()?;
        let (waiting, first) = self.database.events().depth();
        let oldest = backlog.oldest.into_iter().chain(first).min();
        let oldest_age = oldest.map(|oldest| (self.uploads.now() - oldest).to_std().unwrap_or_default());
        let oldest_age = oldest_age.unwrap_or_default();
        Some(OutboxGauge {
            depth: backlog.depth.saturating_add_unsigned(waiting as u64),
            rejected: backlog.rejected,
            oldest_age,
        })
    }

    /// Whether the server is about to stop.
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// From now on the server is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl ApiContext for Service {
    fn settings(&self) -> &ApiSettings {
        &self.api
    }

    fn draining(&self) -> bool {
        Service::draining(self)
    }
}

/// The limits that the settings set for requests.
fn api_settings(settings: &Settings) -> ApiSettings {
    let timeout = Duration::from_secs(settings.body_timeout_seconds.get());
    ApiSettings {
        max_body_bytes: MAX_JSON_BYTES,
        body_read_timeout: timeout,
        chunk_timeout: timeout,
        cors_origins: settings.cors_origins.0.iter().map(|origin| origin.as_str().to_owned()).collect(),
        ..ApiSettings::default()
    }
}

/// The rules that the settings set for sessions.
pub fn policy(settings: &Settings) -> Policy {
    Policy {
        session_ttl: minutes(settings.session_ttl_minutes.get()),
        extension: ExtensionPolicy {
            threshold: minutes(settings.session_extension_threshold_minutes.get()),
            ttl: minutes(settings.session_extension_ttl_minutes.get()),
            max_lifetime: minutes(settings.max_session_lifetime_hours.get().saturating_mul(60)),
        },
        max_file_size: i64::try_from(settings.max_file_size_bytes.get()).unwrap_or(i64::MAX),
    }
}

/// How long the settings keep events.
pub fn retention(settings: &Settings) -> Retention {
    let days = u32::try_from(settings.analytics_retention_days.get()).ok();
    Retention { days: days.filter(|days| *days > 0) }
}

/// The settings keep minutes far below what would overflow here.
fn minutes(count: u64) -> TimeDelta {
    i64::try_from(count).ok().and_then(TimeDelta::try_minutes).unwrap_or(TimeDelta::MAX)
}
