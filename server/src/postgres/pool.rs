//! Connections that are kept, each with the statements that were prepared on it.

use std::{ops::Deref, time::Duration};

use deadpool::managed::{self, Metrics, QueueMode, RecycleResult};
use deadpool_postgres::{ClientWrapper, Manager, ManagerConfig, RecyclingMethod, Runtime};
use tokio_postgres::{Client, Config, Error, Statement};

use super::connect::FirstToAnswer;

/// A pool of such connections.
pub type Pool = managed::Pool<Connections>;
/// A connection that goes back to its pool.
pub type Pooled = managed::Object<Connections>;

/// A connection that was not used for this long is asked whether it lives before a request gets it. Busy connections are
/// not: that would double the round trips.
const VERIFY_AFTER: Duration = Duration::from_secs(5);

/// A pool of at most so many connections, each of which may take so long to be made. Whoever needs one gets that which was
/// used last: its process has all at hand that it needs, where one that has waited would have to fetch it anew.
pub fn pool(config: &Config, connector: &FirstToAnswer, max_size: usize, timeout: Duration) -> Pool {
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let postgres = Manager::from_connect(config.clone(), connector.clone(), manager_config);
    let builder = Pool::builder(Connections { postgres })
        .max_size(max_size)
        .create_timeout(Some(timeout))
        .recycle_timeout(Some(timeout))
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1);
    #[expect(clippy::expect_used, reason = "it fails without a runtime only, and that is given above")]
    builder.build().expect("a pool with a runtime")
}

/// How connections are made and looked at.
pub struct Connections {
    postgres: Manager,
}

impl managed::Manager for Connections {
    type Type = Prepared;
    type Error = Error;

    async fn create(&self) -> Result<Prepared, Error> {
        Ok(Prepared { client: self.postgres.create().await?, statements: Vec::new() })
    }

    async fn recycle(&self, prepared: &mut Prepared, metrics: &Metrics) -> RecycleResult<Error> {
        self.postgres.recycle(&mut prepared.client, metrics).await?;
        if metrics.last_used() >= VERIFY_AFTER {
            prepared.client.simple_query("").await?;
        }
        Ok(())
    }

    fn detach(&self, prepared: &mut Prepared) {
        self.postgres.detach(&mut prepared.client);
    }
}

/// A connection with its prepared statements.
pub struct Prepared {
    client: ClientWrapper,
    /// Found by where their texts are, which takes no look into some kilobytes of them. They are never freed, so no other
    /// text can come to stand there; one that the compiler has put into two places is prepared twice.
    statements: Vec<(&'static str, Statement)>,
}

impl Prepared {
    /// The statement with this text, prepared when it is asked for the first time.
    pub async fn statement(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some((_, known)) = self.statements.iter().find(|(known, _)| std::ptr::eq(*known, sql)) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.push((sql, statement.clone()));
        Ok(statement)
    }
}

impl Deref for Prepared {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
