//! Sums of whole hours and days, which make the analytics of long periods fast. What changes a sum removes it, in the same
//! transaction (triggers of the tables do that); here they are made again.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

use super::{connection::Connection, database::Database, error::column, statements};
use crate::domain::DomainError;

/// How long making a batch of sums may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many sums are made at once while all are made anew.
const AT_ONCE: i64 = 24;
/// How long comparing or removing all sums may take.
const LONG: Duration = Duration::from_secs(3600);

/// The advisory lock of the function `upload_session_forget_sums`.
const LOCK: &str = "select pg_advisory_xact_lock(8462382925460304690)";
const TRY_LOCK: &str = "select pg_try_advisory_xact_lock(8462382925460304690) as locked";

/// A period that is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The hour that begins then.
    Hour(DateTime<Utc>),
    /// The day (UTC) that begins then.
    Day(DateTime<Utc>),
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hour(start) => write!(f, "the hour from {}", start.format("%Y-%m-%dT%H:%MZ")),
            Self::Day(start) => write!(f, "the day {}", start.format("%Y-%m-%d")),
        }
    }
}

/// What comparing the sums with their sessions and events has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// How many sums were compared.
    pub compared: i64,
    /// Those that are wrong.
    pub wrong: Vec<Period>,
}

/// The sums of periods. Any number of processes may make them at once.
#[derive(Clone)]
pub struct PgRollups {
    database: Database,
}

impl PgRollups {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Sums up at most `limit` hours and days that lack it, and answers how many it did. None while somebody changes what
    /// would be summed up: then it is a matter of the next time.
    pub async fn make(&self, limit: i64) -> Result<i64, DomainError> {
        let mut connection = self.database.background(DEADLINE).await?;
        let Some(missing) = Missing::find(&mut connection, limit).await? else { return Ok(0) };
        connection.begin().await?;
        // The lock is a statement of its own: only what begins after it sees all that was changed before it.
        let locked = connection.query_opt(TRY_LOCK, &[]).await?;
        let mut made = 0;
        if locked.map_or(Ok(false), |row| column(&row, "locked"))? {
            made = missing.make(&mut connection).await?;
        }
        connection.commit().await?;
        Ok(made)
    }

    /// Removes all sums and makes them again, and answers how many there are then. Servers may run meanwhile; those who
    /// change what is summed up are waited for.
    pub async fn rebuild(&self) -> Result<i64, DomainError> {
        let mut connection = self.unhurried().await?;
        connection.begin().await?;
        connection.query(LOCK, &[]).await?;
        connection.query("delete from upload_session_rollups", &[]).await?;
        connection.commit().await?;
        drop(connection);
        loop {
            // Each batch has its own time.
            let mut connection = self.unhurried().await?;
            let Some(missing) = Missing::find(&mut connection, AT_ONCE).await? else { break };
            connection.begin().await?;
            connection.query(LOCK, &[]).await?;
            missing.make(&mut connection).await?;
            connection.commit().await?;
        }
        let mut connection = self.unhurried().await?;
        let row = connection.query_opt("select count(*) as made from upload_session_rollups", &[]).await?;
        row.map_or(Ok(0), |row| column(&row, "made"))
    }

    /// Compares all sums with their sessions and events.
    pub async fn check(&self) -> Result<Check, DomainError> {
        let mut connection = self.unhurried().await?;
        let Some(row) = connection.query_opt(statements::ROLLUPS_CHECK, &[]).await? else {
            return Ok(Check::default());
        };
        let starts: Vec<DateTime<Utc>> = column(&row, "wrong_starts")?;
        let days: Vec<bool> = column(&row, "wrong_days")?;
        let wrong = starts.into_iter().zip(days);
        Ok(Check {
            compared: column(&row, "compared")?,
            wrong: wrong.map(|(start, day)| if day { Period::Day(start) } else { Period::Hour(start) }).collect(),
        })
    }

    /// A connection whose statements may take longer than those of the worker.
    async fn unhurried(&self) -> Result<Connection, DomainError> {
        let mut connection = self.database.background(LONG).await?;
        connection.batch("set statement_timeout = 0").await?;
        Ok(connection)
    }
}

/// Periods that lack their sums.
struct Missing {
    starts: Vec<DateTime<Utc>>,
    days: Vec<bool>,
}

impl Missing {
    /// The newest of them, `limit` at most.
    async fn find(connection: &mut Connection, limit: i64) -> Result<Option<Self>, DomainError> {
        let Some(row) = connection.query_opt(statements::ROLLUPS_MISSING, &[&limit]).await? else { return Ok(None) };
        let starts: Option<Vec<DateTime<Utc>>> = column(&row, "starts")?;
        let days: Option<Vec<bool>> = column(&row, "days")?;
        Ok(starts.zip(days).map(|(starts, days)| Self { starts, days }))
    }

    /// Sums them up, under the lock.
    async fn make(&self, connection: &mut Connection) -> Result<i64, DomainError> {
        let row = connection.query_opt(statements::ROLLUPS_MAKE, &[&self.starts, &self.days]).await?;
        row.map_or(Ok(0), |row| column(&row, "made"))
    }
}
