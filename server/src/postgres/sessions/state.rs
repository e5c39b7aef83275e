//! What the state of a session means for an activity, and the parameters that every activity binds.

use chrono::{DateTime, Utc};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    domain::{
        DomainError, UserId,
        extension::{Extension, ExtensionWindow},
        model::{Activity, SessionId, SessionStatus},
    },
    postgres::{Connection, error::column, statements},
};

/// The parameters of `locked.sql`, which come first in every activity.
pub struct ActivityParams<'a> {
    session: Uuid,
    owner: &'a str,
    window: ExtensionWindow,
    max_lifetime_micros: i64,
}

impl<'a> ActivityParams<'a> {
    /// An activity of `owner` on `session`.
    pub fn new(session: SessionId, owner: &'a UserId, window: ExtensionWindow) -> Self {
        Self {
            session: session.0,
            owner: &owner.0,
            window,
            max_lifetime_micros: window.max_lifetime.num_microseconds().unwrap_or(i64::MAX),
        }
    }

    /// A look at the session at `now` that extends nothing.
    pub fn without_extension(session: SessionId, owner: &'a UserId, now: DateTime<Utc>) -> Self {
        let window = ExtensionWindow { now, due_until: now, proposed: now, max_lifetime: chrono::TimeDelta::zero() };
        Self::new(session, owner, window)
    }

    /// These parameters, and those of the statement's own after them.
    pub fn with<'p>(&'p self, own: &[&'p (dyn ToSql + Sync)]) -> Vec<&'p (dyn ToSql + Sync)> {
        let first: [&(dyn ToSql + Sync); 6] = [
            &self.session,
            &self.owner,
            &self.window.now,
            &self.window.due_until,
            &self.window.proposed,
            &self.max_lifetime_micros,
        ];
        first.iter().chain(own).copied().collect()
    }
}

/// The locked session of an activity, or why there is none to be active on. One that has expired and is not recorded so
/// is recorded now: not by the statement of the activity, which would be slower each time for what happens once.
///
/// # Errors
/// When the session is not live, or its expiry cannot be recorded.
pub async fn live_session(
    connection: &mut Connection,
    activity: &ActivityParams<'_>,
    row: Option<Row>,
) -> Result<Row, DomainError> {
    let row = row.ok_or(DomainError::NotFound("session"))?;
    if column::<bool>(&row, "live")? {
        return Ok(row);
    }
    Err(match status(&row)? {
        SessionStatus::Active => record_expiry(connection, activity).await?,
        SessionStatus::Completed | SessionStatus::Failed => end(&row)?,
    })
}

/// Records that a session has expired which was active a moment ago, and answers why nobody can be active on it: another
/// call may have come between and have ended it in another way.
///
/// # Errors
/// Also when the other call, whose clock is behind, has extended the session: then it goes on.
pub async fn record_expiry(
    connection: &mut Connection,
    activity: &ActivityParams<'_>,
) -> Result<DomainError, DomainError> {
    let row = expire(connection, activity).await?.ok_or(DomainError::NotFound("session"))?;
    if column(&row, "live")? {
        return Err(DomainError::unavailable("the session was extended meanwhile"));
    }
    end(&row)
}

/// Records that a session has expired, if it has. The row tells what it was like before. The session is locked by a
/// statement of its own, so that the next one sees every file that came in before.
pub async fn expire(connection: &mut Connection, activity: &ActivityParams<'_>) -> Result<Option<Row>, DomainError> {
    connection.begin().await?;
    connection.query(statements::LOCK_SESSION, &[&activity.session, &activity.owner]).await?;
    let row = connection.query_opt(statements::EXPIRE_SESSION, &activity.with(&[&Uuid::now_v7()])).await?;
    connection.commit().await?;
    Ok(row)
}

/// Runs a statement that begins with `locked.sql` and has an event, on a session whose lock is held already: what was done
/// while the lock was waited for is in its view.
///
/// # Errors
/// When there is no such session, or the database refuses.
pub async fn locked(
    connection: &mut Connection,
    activity: &ActivityParams<'_>,
    statement: &'static str,
    own: &[&(dyn ToSql + Sync)],
) -> Result<Row, DomainError> {
    let event = Uuid::now_v7();
    let own: Vec<_> = [&event as &(dyn ToSql + Sync)].into_iter().chain(own.iter().copied()).collect();
    connection.begin().await?;
    connection.query(statements::LOCK_SESSION, &[&activity.session, &activity.owner]).await?;
    let row = connection.query_opt(statement, &activity.with(&own)).await?;
    connection.commit().await?;
    row.ok_or(DomainError::NotFound("session"))
}

/// Why nobody can be active on the session of a row that is not live.
fn end(row: &Row) -> Result<DomainError, DomainError> {
    let status = status(row)?;
    let cause: Option<&str> = column(row, "failure_cause")?;
    let expired = status == SessionStatus::Active || cause == Some("expired");
    Ok(if expired {
        DomainError::SessionExpired(column(row, "expires_at")?)
    } else {
        DomainError::SessionNotActive(status)
    })
}

/// The status of the session.
pub fn status(row: &Row) -> Result<SessionStatus, DomainError> {
    SessionStatus::parse(column(row, "status")?).ok_or_else(|| DomainError::internal("an unknown session status"))
}

/// What an activity did to the life time of the session.
pub fn activity(row: &Row) -> Result<Activity, DomainError> {
    let old_expires_at: DateTime<Utc> = column(row, "expires_at")?;
    let extended_to: Option<DateTime<Utc>> = column(row, "extended_to")?;
    Ok(Activity {
        expires_at: extended_to.unwrap_or(old_expires_at),
        extension: extended_to.map(|new_expires_at| Extension { old_expires_at, new_expires_at }),
    })
}
