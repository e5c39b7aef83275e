//! Events on their way to the analytics, and other work that no request waits for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{database::Database, error::column, statements};
use crate::domain::DomainError;

/// How long one step of work in the background may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many events.
    pub depth: i64,
    /// How many of them could not be moved, and were set aside.
    pub rejected: i64,
    /// When the oldest of the others happened.
    pub oldest: Option<DateTime<Utc>>,
}

/// The work that no request waits for. Any number of processes may do it at once.
#[derive(Clone)]
pub struct PgOutbox {
    database: Database,
}

impl PgOutbox {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Moves at most `limit` events to the analytics, and answers how many it moved.
    pub async fn move_events(&self, limit: i64) -> Result<i64, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let row = connection.query_opt(statements::MOVE_EVENTS, &[&limit]).await?;
        row.map_or(Ok(0), |row| column(&row, "moved"))
    }

    /// Moves the first event by itself, and answers how many there were: one, or none. An event that cannot be moved for
    /// what it says is set aside, so that others go on.
    pub async fn move_first_event(&self) -> Result<i64, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let Some(row) = connection.query_opt(statements::MOVE_FIRST_EVENT, &[]).await? else { return Ok(0) };
        if let Some(reason) = column::<Option<&str>>(&row, "rejected")? {
            let event: Uuid = column(&row, "event_id")?;
            tracing::error!(%event, reason, "an event cannot be moved to the analytics; it is set aside in the outbox");
        }
        Ok(1)
    }

    /// Records at most `limit` sessions as failed that have expired by `now`, and answers how many it recorded. They are
    /// locked by a statement of its own, so that the next one sees every file that came in before.
    pub async fn expire_due(&self, now: DateTime<Utc>, limit: i64) -> Result<i64, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        connection.begin().await?;
        let due = connection.query(statements::LOCK_DUE, &[&now, &limit]).await?;
        let due = due.iter().map(|row| column(row, "id")).collect::<Result<Vec<Uuid>, _>>()?;
        let mut expired = 0;
        if !due.is_empty() {
            let events: Vec<Uuid> = due.iter().map(|_| Uuid::now_v7()).collect();
            let row = connection.query_opt(statements::EXPIRE_DUE, &[&now, &due, &events]).await?;
            expired = row.map_or(Ok(0), |row| column(&row, "expired"))?;
        }
        connection.commit().await?;
        Ok(expired)
    }

    /// Removes at most `limit` events that happened `before`, the oldest first, and answers how many it removed.
    pub async fn forget_events(&self, before: DateTime<Utc>, limit: i64) -> Result<i64, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let row = connection.query_opt(statements::FORGET_EVENTS, &[&before, &limit]).await?;
        row.map_or(Ok(0), |row| column(&row, "forgotten"))
    }

    /// Forgets at most `limit` idempotency keys that are free again, and answers how many it forgot.
    pub async fn forget_idempotency_keys(&self, now: DateTime<Utc>, limit: i64) -> Result<i64, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let row = connection.query_opt(statements::FORGET_IDEMPOTENCY_KEYS, &[&now, &limit]).await?;
        row.map_or(Ok(0), |row| column(&row, "forgotten"))
    }

    /// What waits in the outbox.
    pub async fn backlog(&self) -> Result<Backlog, DomainError> {
        let mut connection = self.database.worker(Duration::from_secs(1)).await?;
        let row = connection.query_opt(statements::OUTBOX_BACKLOG, &[]).await?;
        row.map_or(Ok(Backlog::default()), |row| {
            Ok(Backlog {
                depth: column(&row, "depth")?,
                rejected: column(&row, "rejected")?,
                oldest: column(&row, "oldest")?,
            })
        })
    }
}
