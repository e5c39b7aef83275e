//! The events of sessions that were created and of files that were registered: inserted into the analytics from memory, and
//! found at the rows themselves when a crash has swallowed them. The row of an event has its identifier, so none is there
//! twice, whoever inserts it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::{Row, types::Json};
use uuid::Uuid;

use super::{
    connection::Connection,
    database::Database,
    error::{column, is_for_a_row},
    statements,
};
use crate::domain::{
    DomainError, SessionId,
    analytics::{Event, EventMetadata, EventType},
    model::{FileId, UserId},
};

/// How long one step of work in the background may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long a row may take from its identifier to its commit, at least: then a look no longer expects it.
const LATEST_COMMIT: Duration = Duration::from_secs(60);
/// How long events of other processes are on their way, usually.
const UNDER_WAY: Duration = Duration::from_secs(5);
/// How many rows a look reads at once.
const PAGE: i64 = 500;

/// The event of a session that was created.
pub fn session_created(session: SessionId, owner: &UserId, files: i64, bytes: i64, now: DateTime<Utc>) -> Event {
    Event {
        id: session.0,
        session,
        event_type: EventType::SessionCreated,
        created_at: now,
        metadata: metadata(&owner.0, files, bytes, TimeDelta::zero()),
    }
}

/// The event of a file that was registered, in a session that was `begun` a while ago.
pub fn file_registered(
    file: FileId,
    session: SessionId,
    owner: &UserId,
    bytes: i64,
    now: DateTime<Utc>,
    begun: DateTime<Utc>,
) -> Event {
    Event {
        id: file.0,
        session,
        event_type: EventType::FileRegistered,
        created_at: now,
        metadata: metadata(&owner.0, 1, bytes, now - begun),
    }
}

fn metadata(owner: &str, files: i64, bytes: i64, elapsed: TimeDelta) -> EventMetadata {
    EventMetadata {
        user_id: Some(owner.to_owned()),
        file_count: Some(files),
        total_size_bytes: Some(bytes),
        elapsed_time_ms: elapsed.num_microseconds().map(|elapsed| elapsed.div_euclid(1000)),
        ..EventMetadata::default()
    }
}

/// A look at new rows, which goes through them from one moment to another.
#[derive(Debug)]
pub struct Look {
    rows: Rows,
    next: Uuid,
    end: Uuid,
    complete_until: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug)]
enum Rows {
    Sessions { since: Uuid },
    Files,
}

/// Brings events of new rows to the analytics. Any number of processes may do it at once.
#[derive(Clone)]
pub struct PgRecorder {
    database: Database,
}

impl PgRecorder {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Inserts the first events that wait in this process, so many at most, and answers how many.
    pub async fn record(&self, limit: usize) -> Result<usize, DomainError> {
        let batch = self.database.events().take(limit);
        let count = batch.events().len();
        if count > 0 {
            self.record_all(batch.events()).await?;
        }
        batch.done();
        Ok(count)
    }

    /// Inserts events that are most likely not there yet.
    async fn record_all(&self, events: &[Event]) -> Result<(), DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        match insert(&mut connection, statements::RECORD_EVENTS, events).await {
            // One is there already, or its session is not there any more.
            Err(error) if is_for_a_row(&error) => record_carefully(&mut connection, events).await,
            outcome => outcome,
        }
    }

    /// Begins a look at new rows, unless one was begun within `interval`, by whatever process.
    pub async fn begin_look(&self, now: DateTime<Utc>, interval: Duration) -> Result<Option<Look>, DomainError> {
        let end = first_identifier(now - delta(UNDER_WAY));
        let look = self.look_since(now, Some(now - delta(interval))).await?;
        Ok(look.map(|look| Look { end, ..look }))
    }

    /// Begins a look at new rows, whoever else does: a process that ended may have left what nobody has seen.
    pub async fn begin_look_at_once(&self, now: DateTime<Utc>) -> Result<Option<Look>, DomainError> {
        self.look_since(now, None).await
    }

    async fn look_since(&self, now: DateTime<Utc>, begun: Option<DateTime<Utc>>) -> Result<Option<Look>, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let row = connection.query_opt(statements::BEGIN_LOOK, &[&now, &begun]).await?;
        let Some(row) = row else { return Ok(None) };
        let complete_until = now - delta(LATEST_COMMIT.max(self.database.deadline() * 2));
        // A clock that was ahead for a while must hide nothing.
        let since = first_identifier(complete_until.min(column(&row, "complete_until")?));
        Ok(Some(Look {
            rows: Rows::Sessions { since },
            next: since,
            // Also those of clocks that are a little ahead.
            end: first_identifier(now + delta(LATEST_COMMIT)),
            complete_until,
        }))
    }

    /// Looks at some more rows, and records the events that they lack. None when there are no more.
    pub async fn go_on(&self, look: Look) -> Result<Option<Look>, DomainError> {
        let mut connection = self.database.worker(DEADLINE).await?;
        let (statement, event_type) = match look.rows {
            Rows::Sessions { .. } => (statements::NEW_SESSIONS, EventType::SessionCreated),
            Rows::Files => (statements::NEW_FILES, EventType::FileRegistered),
        };
        let rows = connection.query(statement, &[&look.next, &look.end, &PAGE, &event_type.as_str()]).await?;
        let lacking = rows.iter().filter_map(|row| unrecorded(row, event_type).transpose());
        let lacking = lacking.collect::<Result<Vec<Event>, DomainError>>()?;
        if !lacking.is_empty() {
            record_carefully(&mut connection, &lacking).await?;
            tracing::info!(events = lacking.len(), "recorded events that were missing");
        }
        if let Some(last) = rows.last()
            && column(last, "full")?
        {
            return Ok(Some(Look { next: after(column(last, "id")?), ..look }));
        }
        match look.rows {
            Rows::Sessions { since } => Ok(Some(Look { rows: Rows::Files, next: since, ..look })),
            Rows::Files => {
                connection.query(statements::END_LOOK, &[&look.complete_until]).await?;
                Ok(None)
            }
        }
    }
}

/// Inserts events of which some may be there, or may be refused: these are set aside, so that others go on.
async fn record_carefully(connection: &mut Connection, events: &[Event]) -> Result<(), DomainError> {
    let mut portions = vec![events];
    while let Some(portion) = portions.pop() {
        match insert(connection, statements::RECORD_EVENTS_CAREFULLY, portion).await {
            Ok(()) => {}
            Err(error) if !is_for_a_row(&error) => return Err(error),
            Err(error) => match portion {
                [refused] => set_aside(connection, refused, &error).await?,
                _ => {
                    let (first, second) = portion.split_at(portion.len() / 2);
                    portions.extend([second, first]);
                }
            },
        }
    }
    Ok(())
}

async fn set_aside(connection: &mut Connection, event: &Event, error: &DomainError) -> Result<(), DomainError> {
    let reason = crate::causes::with_causes(error);
    let (event_type, metadata) = (event.event_type.as_str(), Json(&event.metadata));
    connection
        .query(
            statements::SET_EVENT_ASIDE,
            &[&event.id, &event.session.0, &event_type, &metadata, &event.created_at, &reason],
        )
        .await?;
    tracing::error!(event = %event.id, reason, "an event cannot be recorded; it is set aside in the outbox");
    Ok(())
}

async fn insert(connection: &mut Connection, statement: &'static str, events: &[Event]) -> Result<(), DomainError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let sessions: Vec<Uuid> = events.iter().map(|event| event.session.0).collect();
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    let metadata: Vec<Json<&EventMetadata>> = events.iter().map(|event| Json(&event.metadata)).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.created_at).collect();
    connection.query(statement, &[&ids, &sessions, &types, &metadata, &times]).await.map(drop)
}

/// The event of a new row, when it has none.
fn unrecorded(row: &Row, event_type: EventType) -> Result<Option<Event>, DomainError> {
    if !column::<bool>(row, "unrecorded")? {
        return Ok(None);
    }
    let (created_at, begun): (DateTime<Utc>, DateTime<Utc>) = (column(row, "created_at")?, column(row, "begun")?);
    let (owner, files): (String, i64) = (column(row, "user_id")?, column(row, "file_count")?);
    Ok(Some(Event {
        id: column(row, "id")?,
        session: SessionId(column(row, "session_id")?),
        event_type,
        created_at,
        metadata: metadata(&owner, files, column(row, "total_size_bytes")?, created_at - begun),
    }))
}

/// The least identifier that is made at this moment: they begin with its milliseconds (UUID version 7, RFC 9562).
fn first_identifier(moment: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

fn after(identifier: Uuid) -> Uuid {
    Uuid::from_u128(identifier.as_u128().saturating_add(1))
}

fn delta(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::SubsecRound;

    use super::*;

    #[test]
    fn identifiers_lie_between_the_moments_that_they_were_made_at() {
        let before = Utc::now().trunc_subsecs(3);
        let made = SessionId::generate().0;
        assert!(first_identifier(before) <= made && made < first_identifier(Utc::now() + TimeDelta::milliseconds(1)));
        assert_eq!(first_identifier(DateTime::UNIX_EPOCH), Uuid::nil());
    }
}
