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
    postgres::error::column,
};

/// The parameters of `locked.sql`, which come first in every activity.
pub struct ActivityParams<'a> {
    session: Uuid,
    owner: &'a str,
    window: ExtensionWindow,
    max_lifetime_micros: i64,
    event: Uuid,
}

impl<'a> ActivityParams<'a> {
    /// An activity of `owner` on `session`.
    pub fn new(session: SessionId, owner: &'a UserId, window: ExtensionWindow) -> Self {
        Self {
            session: session.0,
            owner: &owner.0,
            window,
            max_lifetime_micros: window.max_lifetime.num_microseconds().unwrap_or(i64::MAX),
            event: Uuid::now_v7(),
        }
    }

    /// A look at the session at `now` that extends nothing.
    pub fn without_extension(session: SessionId, owner: &'a UserId, now: DateTime<Utc>) -> Self {
        let window = ExtensionWindow { now, due_until: now, proposed: now, max_lifetime: chrono::TimeDelta::zero() };
        Self::new(session, owner, window)
    }

    /// These parameters, and those of the statement's own after them.
    pub fn with<'p>(&'p self, own: &[&'p (dyn ToSql + Sync)]) -> Vec<&'p (dyn ToSql + Sync)> {
        let first: [&(dyn ToSql + Sync); 7] = [
            &self.session,
            &self.owner,
            &self.window.now,
            &self.window.due_until,
            &self.window.proposed,
            &self.max_lifetime_micros,
            &self.event,
        ];
        first.iter().chain(own).copied().collect()
    }
}

/// The locked session of an activity, or why there is none to be active on.
pub fn live_session(row: Option<Row>) -> Result<Row, DomainError> {
    let row = row.ok_or(DomainError::NotFound("session"))?;
    if column::<bool>(&row, "live")? { Ok(row) } else { Err(not_live(&row)?) }
}

/// Why a session that is not live takes no activity. An active one that is not live has expired in this very moment.
pub fn not_live(row: &Row) -> Result<DomainError, DomainError> {
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
