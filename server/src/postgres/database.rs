//! The pools of connections, and what is kept beside them.

use std::{sync::Arc, time::Duration};

use tokio_postgres::Config;

use super::{
    analytics::PgAnalytics,
    budget::Budget,
    cancel::Canceller,
    connect::FirstToAnswer,
    connection::Connection,
    event_queue::EventQueue,
    migrations::{self, MigrationError},
    outbox::PgOutbox,
    pool::{Pool, pool},
    recorder::PgRecorder,
    rollups::PgRollups,
    sessions::PgSessions,
    traffic::Traffic,
};
use crate::domain::DomainError;

/// How the database is reached.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// The connection string or URL; several hosts are tried at once.
    pub url: String,
    /// The most connections for requests.
    pub max_connections: usize,
    /// How long a connection may take to be made. (Waiting for one is bounded by the deadline of what needs it.)
    pub connect_timeout: Duration,
    /// How long all database work of one request may take.
    pub deadline: Duration,
}

impl DatabaseSettings {
    /// The defaults for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            connect_timeout: Duration::from_secs(1),
            deadline: Duration::from_secs(3),
        }
    }
}

/// How long a statement in the background may take on the server's side, unless it says otherwise.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(60);

/// The database, as a pool for requests, one for questions about all sessions, and two for work in the background: none
/// takes the turn of another.
#[derive(Clone)]
pub struct Database {
    requests: Pool,
    questions: Pool,
    background: Pool,
    worker: Pool,
    config: Arc<Config>,
    deadline: Duration,
    connect_timeout: Duration,
    canceller: Canceller,
    events: Arc<EventQueue>,
    traffic: Arc<Traffic>,
    leaves_events: bool,
}

impl Database {
    /// Prepares the pools. Connects to nothing yet, so that the database may be away at start.
    ///
    /// # Errors
    /// When the URL cannot be read; the answer does not repeat it.
    pub fn new(settings: &DatabaseSettings) -> Result<Self, tokio_postgres::Error> {
        let mut config: Config = settings.url.parse()?;
        if config.get_application_name().is_none() {
            config.application_name("upload-server");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(3));
        }
        let events = Arc::<EventQueue>::default();
        let connector = FirstToAnswer::new(&config, Arc::clone(&events));
        let pool = |options: &str, size, timeout| pool(&with_options(&config, options), &connector, size, timeout);
        let (deadline, patience) = (settings.deadline, Duration::from_secs(5));
        Ok(Self {
            requests: pool(&request_options(deadline), settings.max_connections, settings.connect_timeout),
            questions: pool(&background_options(QUESTIONS, deadline), 4, patience),
            background: pool(&background_options(QUESTIONS, BACKGROUND_LIMIT), 4, patience),
            worker: pool(&background_options(SMALL_STEPS, BACKGROUND_LIMIT), 3, patience),
            canceller: Canceller::new(connector),
            config: Arc::new(config),
            deadline: settings.deadline,
            connect_timeout: settings.connect_timeout,
            events,
            traffic: Arc::new(Traffic::new(settings.max_connections / 4)),
            leaves_events: true,
        })
    }

    /// The same database with new rows that leave no events: what benchmarks compare with, and nothing else should use.
    pub fn without_events(self) -> Self {
        Self { leaves_events: false, ..self }
    }

    /// Takes leave: connections that nobody uses are closed, and no more are made.
    pub fn close(&self) {
        for pool in [&self.requests, &self.questions, &self.background, &self.worker] {
            pool.close();
        }
    }

    /// Brings the schema up to date. Several servers may do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached, or a migration fails.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        migrations::run(&self.config).await
    }

    /// Whether a server could work on this database: it answers in time and its schema is current.
    ///
    /// # Errors
    /// When that is not so.
    pub async fn check_ready(&self) -> Result<(), DomainError> {
        let mut connection = self.connection_within(Budget::new(self.connect_timeout)).await?;
        migrations::check_current(&mut connection).await
    }

    /// The store of sessions on this database.
    pub fn sessions(&self) -> PgSessions {
        PgSessions::new(self.clone())
    }

    /// The store of analytics on this database.
    pub fn analytics(&self) -> PgAnalytics {
        PgAnalytics::new(self.clone())
    }

    /// The work on this database that no request waits for.
    pub fn outbox(&self) -> PgOutbox {
        PgOutbox::new(self.clone())
    }

    /// What brings events of new rows on this database to the analytics.
    pub fn recorder(&self) -> PgRecorder {
        PgRecorder::new(self.clone())
    }

    /// The events of new rows that wait in this process.
    pub fn events(&self) -> &EventQueue {
        &self.events
    }

    /// The sums that the analytics of this database are made from.
    pub fn rollups(&self) -> PgRollups {
        PgRollups::new(self.clone())
    }

    /// How long all database work of one request may take.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// How the request pool stands, for metrics.
    pub fn pool_status(&self) -> deadpool_postgres::Status {
        self.requests.status()
    }

    /// Waits for a moment without any request or, if none comes soon, for one when they use a quarter of their connections
    /// at most.
    pub async fn few_requests(&self) {
        self.traffic.light().await;
    }

    /// A connection for a request; from now on its deadline runs.
    pub async fn connection(&self) -> Result<Connection, DomainError> {
        self.connection_within(Budget::new(self.deadline)).await
    }

    /// A connection for a question about all sessions; from now on the deadline runs, here and on the server's side, so
    /// that who asks again and again leaves nothing behind.
    pub async fn question(&self) -> Result<Connection, DomainError> {
        self.take(&self.questions, Budget::new(self.deadline)).await
    }

    /// A connection for questions in the background, with a deadline of their own.
    pub async fn background(&self, deadline: Duration) -> Result<Connection, DomainError> {
        self.take(&self.background, Budget::new(deadline)).await
    }

    /// A connection for steps in the background that each touch a few rows, with a deadline of their own.
    pub async fn worker(&self, deadline: Duration) -> Result<Connection, DomainError> {
        self.take(&self.worker, Budget::new(deadline)).await
    }

    /// A connection for a request that asks the database more than once; the time that it is held is taken from what the
    /// request has left.
    pub(super) async fn connection_within(&self, budget: Budget) -> Result<Connection, DomainError> {
        let passage = self.traffic.enter();
        let connection = self.take(&self.requests, budget).await?;
        Ok(connection.of_request(passage, self.leaves_events.then(|| Arc::clone(&self.events))))
    }

    async fn take(&self, pool: &Pool, budget: Budget) -> Result<Connection, DomainError> {
        Connection::take(pool, budget, self.canceller.clone()).await
    }

    /// Waits until the database knows of every statement that was given up half-way.
    pub async fn all_cancelled(&self) {
        self.canceller.all_told().await;
    }
}

/// Settings of every connection that serves requests. Limits on the server's side end what a client whose deadline passed
/// has left behind.
fn request_options(deadline: Duration) -> String {
    let limit = deadline.as_millis();
    format!("{SMALL_STEPS} -c jit=off -c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}")
}

/// Settings of the other connections. Compiling takes longer than what is done there, and starting processes that share
/// it does as well; the other processors are left to the requests. Nobody is told of what is done before it is on the
/// disk, and after a crash all of it is done again, so it need not wait for the disk.
fn background_options(plans: &str, limit: Duration) -> String {
    let limit = limit.as_millis();
    format!(
        "{plans} -c jit=off -c max_parallel_workers_per_gather=0 -c synchronous_commit=off \
         -c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}"
    )
}

/// Filters that are not given must not cost an index: each question gets its plan. Quantiles sort what they are about, in
/// memory.
const QUESTIONS: &str = "-c plan_cache_mode=force_custom_plan -c work_mem=64MB";

/// Steps that each touch a few rows, which they find by their keys. Generic plans: with an array among the parameters, a
/// plan would be made at every execution otherwise, and one for every check of a foreign key, which takes twice the time of
/// the check. A plan that is made once may be made while the tables are small, and is to use their indexes for each row all
/// the same: reading a small table as a whole is as good, and is done still when there are a million rows.
pub const SMALL_STEPS: &str = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off \
     -c enable_mergejoin=off -c enable_material=off";

fn with_options(config: &Config, options: &str) -> Config {
    let mut config = config.clone();
    let all = config.get_options().map_or_else(|| options.to_owned(), |given| format!("{options} {given}"));
    config.options(all);
    config
}
