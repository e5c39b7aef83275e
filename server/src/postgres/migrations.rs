//! Brings the schema up to date.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::Connect;
use refinery::{Migration, Runner};
use tokio::time::timeout;
use tokio_postgres::Config;

use super::{connect::FirstToAnswer, connection::Connection, error::column};
use crate::domain::DomainError;

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// Servers that start at once take turns on this advisory lock. The number is arbitrary, and it is ours.
const LOCK: i64 = 0x7570_6c6f_6164_7331;

/// How long the database may take to answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a migration waits for tables that others use before it gives up.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database does not answer, or refuses.
    #[error("cannot prepare the database for migrations")]
    Database(#[from] tokio_postgres::Error),
    /// The database takes the connection and says nothing.
    #[error("the database does not answer")]
    NoAnswer,
    /// A migration failed, or the schema is not one that these migrations made.
    #[error("cannot apply the migrations: {0}")]
    Migration(#[from] refinery::Error),
}

/// Applies what is missing, under the lock, on a connection of its own: a migration may take longer than a request.
pub(super) async fn run(config: &Config) -> Result<(), MigrationError> {
    let connected = timeout(CONNECT_TIMEOUT, FirstToAnswer::new(config, Arc::default()).connect(config)).await;
    let (mut client, connection) = connected.map_err(|_| MigrationError::NoAnswer)??;
    let outcome = apply(&mut client).await;
    // The lock belongs to the connection and ends with it.
    drop(client);
    connection.abort();
    outcome
}

async fn apply(client: &mut tokio_postgres::Client) -> Result<(), MigrationError> {
    client.batch_execute("set client_min_messages = warning").await?;
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await?;
    client.batch_execute(&format!("set lock_timeout = {}", LOCK_TIMEOUT.as_millis())).await?;
    match applied(client).await? {
        // A newer server has been here, and may be again: while one replaces the other, both work on the same tables.
        Some(applied) if applied > i64::from(newest()) => {
            tracing::warn!(
                applied,
                known = newest(),
                "the tables are those of a newer version; working with them as they are"
            );
        }
        _ => {
            for migration in runner().run_async(client).await?.applied_migrations() {
                tracing::info!(%migration, "applied a migration");
            }
        }
    }
    client.execute("select pg_advisory_unlock($1)", &[&LOCK]).await?;
    Ok(())
}

/// The newest migration that was applied, if any was.
async fn applied(client: &tokio_postgres::Client) -> Result<Option<i64>, tokio_postgres::Error> {
    let exists = client.query_one("select to_regclass('refinery_schema_history') is not null", &[]).await?;
    if !exists.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    client.query_one("select max(version)::bigint from refinery_schema_history", &[]).await?.try_get(0)
}

/// Whether the schema is at least as new as this program.
pub(super) async fn check_current(connection: &mut Connection) -> Result<(), DomainError> {
    let newest = newest();
    let applied = connection
        .query_opt("select coalesce(max(version), 0)::bigint as version from refinery_schema_history", &[])
        .await?
        .map_or(Ok(0), |row| column::<i64>(&row, "version"))?;
    if applied < i64::from(newest) {
        return Err(DomainError::unavailable(format!("the schema is at version {applied}, needed is {newest}")));
    }
    Ok(())
}

/// The newest migration that this program knows.
fn newest() -> i32 {
    runner().get_migrations().iter().map(Migration::version).max().unwrap_or(0)
}

fn runner() -> Runner {
    embedded::migrations::runner()
}
