//! A server from start to stop.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dropshot::{ConfigDropshot, HandlerTaskMode, HttpServer, ServerBuilder};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::analytics::Worker;
use crate::auth::Authenticator;
use crate::causes::with_causes;
use crate::config::Settings;
use crate::domain::ports::{Clock, SystemClock};
use crate::postgres::embedded::{Embedded, EmbeddedSettings};
use crate::postgres::{Check, Database, DatabaseSettings, MigrationError, question};
use crate::service::{Ports, Service};
use crate::telemetry::{Metrics, dropshot_logger};
use crate::{http, listener, objects, seed, service};

/// Of the time for all database work of a request, making a connection may take this part.
const CONNECT_SHARE: u32 = 3;
/// How long a start waits until the database is ready.
const START_WAIT: Duration = Duration::from_secs(3);
/// What the worker gets for the batch in hand at a stop, even when requests have used up the time.
const WORKER_TIME: Duration = Duration::from_secs(1);
/// How long to wait before the database is asked again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// What implements the operations of the contract.
#[cfg(not(feature = "faults"))]
type Operations = http::Entry;
#[cfg(feature = "faults")]
type Operations = crate::faults::FaultyEntry;

/// The database, and the embedded PostgreSQL below it if there is one.
pub struct Storage {
    /// The database.
    pub database: Database,
    embedded: Option<Embedded>,
}

impl Storage {
    /// The database that the settings name, or an embedded one, which is started.
    ///
    /// # Errors
    ///
    /// In words, when the URL cannot be read or no embedded PostgreSQL can be started.
    pub async fn open(settings: &Settings) -> Result<Self, String> {
        let (url, embedded) = match &settings.database_url {
            Some(url) => (url.expose().to_owned(), None),
            None => {
                let wanted =
                    EmbeddedSettings { bin_dir: settings.pg_bin.clone(), ..EmbeddedSettings::new(&settings.data_dir) };
                let progress = Arc::new(|message: &str| eprintln!("{message}"));
                let embedded = Embedded::start(wanted, progress).await.map_err(|error| with_causes(&error))?;
                (embedded.url(), Some(embedded))
            }
        };
        let deadline = Duration::from_millis(settings.database_timeout_ms.get());
        let wanted = DatabaseSettings {
            max_connections: usize::try_from(settings.database_connections.get()).unwrap_or(usize::MAX),
            connect_timeout: deadline / CONNECT_SHARE,
            deadline,
            ..DatabaseSettings::new(url)
        };
        let database = Database::new(&wanted).map_err(|error| format!("database_url: {error}"))?;
        Ok(Self { database, embedded })
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    ///
    /// In words, when that fails.
    pub async fn migrate(&self) -> Result<(), String> {
        self.database.migrate().await.map_err(|error| with_causes(&error))
    }

    /// Brings the tables up to date and puts the example data into them.
    ///
    /// # Errors
    ///
    /// In words, when that fails.
    pub async fn seed(&self, settings: &Settings) -> Result<(), String> {
        self.migrate().await?;
        let policy = service::policy(settings).extension;
        seed::seed(&self.database, &policy, SystemClock.now()).await.map_err(|error| with_causes(&error))
    }

    /// Makes the sums of the analytics anew, and answers how many there are.
    ///
    /// # Errors
    ///
    /// In words, when that fails.
    pub async fn rebuild_analytics(&self) -> Result<i64, String> {
        self.migrate().await?;
        self.database.rollups().rebuild().await.map_err(|error| with_causes(&error))
    }

    /// Compares the sums of the analytics with the sessions and events.
    ///
    /// # Errors
    ///
    /// In words, when that fails.
    pub async fn check_analytics(&self) -> Result<Check, String> {
        self.migrate().await?;
        self.database.rollups().check().await.map_err(|error| with_causes(&error))
    }

    /// What statements find, as tables for people. They see one moment, and change nothing.
    ///
    /// # Errors
    ///
    /// In words, when one of them fails.
    pub async fn found(&self, statements: &[String]) -> Result<String, String> {
        // What PostgreSQL says of a statement is about the statement, and not about the service.
        question::ask(&self.database, statements).await.map_err(|error| with_causes(error.source().unwrap_or(&error)))
    }

    /// Lets go of the database; an embedded one that nobody else uses is stopped.
    pub async fn close(self) {
        self.database.close();
        if let Some(embedded) = self.embedded
            && let Err(error) = embedded.stop().await
        {
            tracing::warn!(error = with_causes(&error), "the embedded PostgreSQL did not stop");
        }
    }
}

/// The threads that a server runs on.
///
/// # Errors
///
/// When the system gives none.
pub fn runtime(settings: &Settings) -> std::io::Result<Runtime> {
    let threads = match settings.worker_threads.get() {
        0 => std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2),
        wanted => usize::try_from(wanted).unwrap_or(usize::MAX),
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

/// A server that answers requests.
pub struct Server {
    http: HttpServer<Service>,
    /// Starts the worker once the tables are there.
    starting: JoinHandle<Option<Worker>>,
    storage: Storage,
    drain_time: Duration,
}

impl Server {
    /// Starts a server. The database may be away: then the server says so, waits for it, and is not ready.
    ///
    /// # Errors
    ///
    /// In words, when something stands in the way that waiting does not mend.
    pub async fn start(settings: &Settings) -> Result<Self, String> {
        Self::start_at(settings, Arc::new(SystemClock)).await
    }

    /// The same with another clock.
    ///
    /// # Errors
    ///
    /// In words, when something stands in the way that waiting does not mend.
    pub async fn start_at(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        Self::start_recording(settings, clock, true).await
    }

    /// A server that leaves no events: what benchmarks compare with, and nothing else should use.
    ///
    /// # Errors
    ///
    /// In words, when something stands in the way that waiting does not mend.
    pub async fn start_without_events(settings: &Settings) -> Result<Self, String> {
        Self::start_recording(settings, Arc::new(SystemClock), false).await
    }

    async fn start_recording(settings: &Settings, clock: Arc<dyn Clock>, events: bool) -> Result<Self, String> {
        let authenticator = Authenticator::new(settings).await?;
        let objects = objects::open(settings)?;
        let metrics = Metrics::new(http::routes()?);
        let api = http::description::<Operations>()?;
        let storage = Storage::open(settings).await?;
        let database = storage.database.clone();
        let database = if events { database } else { database.without_events() };
        let ports = Ports {
            sessions: Arc::new(database.sessions()),
            objects,
            analytics: Arc::new(database.analytics()),
            clock: Arc::clone(&clock),
        };
        #[cfg(feature = "faults")]
        let ports = crate::faults::injected(ports, &database);
        let service = Service::new(settings, authenticator, database.clone(), ports, Arc::clone(&metrics));
        let config = ConfigDropshot {
            bind_address: settings.bind,
            // A client that goes away must not stop a change half-way.
            default_handler_task_mode: HandlerTaskMode::Detached,
            log_headers: vec!["traceparent".to_owned()],
            ..ConfigDropshot::default()
        };
        let http = match ServerBuilder::new(api, service, dropshot_logger(metrics)).config(config).start() {
            Ok(http) => http,
            Err(error) => {
                storage.close().await;
                return Err(format!("bind = `{}`: {}", settings.bind, with_causes(&error)));
            }
        };
        let drain_time = Duration::from_secs(settings.drain_seconds.get());
        let ready = Arc::new(Notify::new());
        let retention = service::retention(settings);
        let starting = tokio::spawn({
            let ready = Arc::clone(&ready);
            async move {
                migrate_when_possible(&database).await;
                tracing::info!("the database is ready");
                ready.notify_one();
                events.then(|| Worker::start_with(&database, clock, retention))
            }
        });
        // Who starts a server wants to use it; but a database that is away must not keep it from starting.
        let _ = tokio::time::timeout(START_WAIT, ready.notified()).await;
        Ok(Self { http, starting, storage, drain_time })
    }

    /// Cleans up after a start that was given up: an embedded PostgreSQL that nobody uses is stopped.
    pub async fn abandon(settings: &Settings) {
        if settings.database_url.is_none()
            && let Err(error) = Embedded::stop_abandoned(&settings.data_dir).await
        {
            tracing::warn!(error = with_causes(&error), "the embedded PostgreSQL did not stop");
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.http.local_addr()
    }

    /// Waits until `stop` asks it to stop; from then on it is not ready, and takes requests for as long as `stop` says.
    /// Requests in flight are finished, within the time that the settings give them.
    ///
    /// # Errors
    ///
    /// In words, when requests were left, or the server ended by itself.
    pub async fn run(self, stop: impl Future<Output = Duration>) -> Result<(), String> {
        let delay = tokio::select! {
            delay = stop => delay,
            ended = self.http.wait_for_shutdown() => return ended,
        };
        self.http.app_private().drain();
        tokio::time::sleep(delay).await;
        tracing::info!("taking no more connections");
        self.close().await
    }

    /// Takes no more connections, finishes the requests in flight and lets go of the database.
    ///
    /// # Errors
    ///
    /// In words, when requests were left.
    pub async fn close(self) -> Result<(), String> {
        let Self { http, starting, storage, drain_time } = self;
        http.app_private().drain();
        if let Err(error) = listener::refuse_connections(&http) {
            tracing::debug!(%error, "connections that come now wait until the end");
        }
        let deadline = Instant::now() + drain_time;
        let finished = timeout_at(deadline, http.close()).await;
        if starting.is_finished() {
            if let Ok(Some(worker)) = starting.await {
                // What it cannot finish in time another worker does.
                let _ = timeout_at(deadline.max(Instant::now() + WORKER_TIME), worker.stop()).await;
            }
        } else {
            starting.abort();
        }
        storage.close().await;
        match finished {
            Ok(closed) => closed,
            Err(_) => Err(format!("requests were still running after {} s", drain_time.as_secs())),
        }
    }
}

/// Brings the tables up to date as soon as the database lets us.
async fn migrate_when_possible(database: &Database) {
    let mut told = false;
    loop {
        match database.migrate().await {
            Ok(()) => return,
            Err(error @ MigrationError::Migration(_)) => {
                tracing::error!(error = with_causes(&error), "the tables cannot be brought up to date");
            }
            Err(error) if !told => {
                told = true;
                tracing::warn!(error = with_causes(&error), "the database is not available; waiting for it");
            }
            Err(_) => {}
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}
