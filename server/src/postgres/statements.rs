//! The SQL of the stores. What an activity begins and ends with stands in one file each.

macro_rules! activity {
    ($own:literal, $select:literal) => {
        concat!(
            include_str!("sql/locked.sql"),
            include_str!($own),
            include_str!("sql/extended.sql"),
            include_str!($select)
        )
    };
}

macro_rules! locked {
    ($own:literal) => {
        concat!(include_str!("sql/locked.sql"), include_str!($own))
    };
}

macro_rules! rolled {
    ($own:literal) => {
        concat!(include_str!("sql/rolled.sql"), include_str!($own))
    };
}

macro_rules! unrecorded {
    ($page:literal) => {
        concat!(include_str!($page), include_str!("sql/unrecorded.sql"))
    };
}

/// Creates a session unless duplicates forbid it.
pub const CREATE_SESSION: &str = include_str!("sql/create_session.sql");
/// Adds a file. Activity.
pub const REGISTER_FILE: &str = activity!("sql/register_file.sql", "sql/register_file.select.sql");
/// Reads a file and the state of its session.
pub const LOOK_AT_FILE: &str = include_str!("sql/look_at_file.sql");
/// Extends a session. Activity.
pub const EXTEND_SESSION: &str = activity!("sql/extend_session.sql", "sql/extend_session.select.sql");
/// Records a stored part. Activity.
pub const RECORD_PART: &str = activity!("sql/record_part.sql", "sql/record_part.select.sql");
/// Completes a file. Activity.
pub const COMPLETE_FILE: &str = activity!("sql/complete_file.sql", "sql/complete_file.select.sql");
/// Records an expiry.
pub const EXPIRE_SESSION: &str = locked!("sql/expire_session.sql");
/// Locks a session, for the statement after it.
pub const LOCK_SESSION: &str = include_str!("sql/lock_session.sql");
/// Finalizes a session whose row is locked.
pub const FINALIZE_SESSION: &str = locked!("sql/finalize_session.sql");
/// Aborts a session whose row is locked.
pub const ABORT_SESSION: &str = locked!("sql/abort_session.sql");
/// Reads a session with its files and parts: a row a file.
pub const READ_SESSION: &str = include_str!("sql/read_session.sql");
/// Reads the answer that an idempotency key was first given.
pub const READ_IDEMPOTENCY: &str = include_str!("sql/read_idempotency.sql");
/// Remembers where the bytes of a file go.
pub const CLAIM_UPLOAD: &str = include_str!("sql/claim_upload.sql");
/// Forgets where the bytes of a file went.
pub const FORGET_UPLOAD: &str = include_str!("sql/forget_upload.sql");
/// Remembers that the content of a file did not have its hash.
pub const RECORD_HASH_MISMATCH: &str = include_str!("sql/record_hash_mismatch.sql");
/// Reads the parts of a file.
pub const READ_PARTS: &str = include_str!("sql/read_parts.sql");

/// Moves events from the outbox to the analytics.
pub const MOVE_EVENTS: &str = include_str!("sql/move_events.sql");
/// Moves the first event to the analytics, or sets it aside.
pub const MOVE_FIRST_EVENT: &str = include_str!("sql/move_first_event.sql");
/// Inserts events that are not there yet.
pub const RECORD_EVENTS: &str = include_str!("sql/record_events.sql");
/// Inserts those of events that are not there yet.
pub const RECORD_EVENTS_CAREFULLY: &str = include_str!("sql/record_events_carefully.sql");
/// Keeps an event that the analytics refuse.
pub const SET_EVENT_ASIDE: &str = include_str!("sql/set_event_aside.sql");
/// Asks since when to look for events that are missing.
pub const BEGIN_LOOK: &str = include_str!("sql/begin_look.sql");
/// Remembers until when no event is missing.
pub const END_LOOK: &str = include_str!("sql/end_look.sql");
/// Lists new sessions that have no event.
pub const NEW_SESSIONS: &str = unrecorded!("sql/new_sessions.sql");
/// Lists new files that have no event.
pub const NEW_FILES: &str = unrecorded!("sql/new_files.sql");
/// Removes events that are kept no longer.
pub const FORGET_EVENTS: &str = include_str!("sql/forget_events.sql");
/// Asks what waits in the outbox.
pub const OUTBOX_BACKLOG: &str = include_str!("sql/outbox_backlog.sql");
/// Locks sessions that have expired and nobody has touched since, for the statement after it.
pub const LOCK_DUE: &str = include_str!("sql/lock_due.sql");
/// Records sessions as expired that are locked.
pub const EXPIRE_DUE: &str = include_str!("sql/expire_due.sql");
/// Forgets idempotency keys that are free again.
pub const FORGET_IDEMPOTENCY_KEYS: &str = include_str!("sql/forget_idempotency_keys.sql");
/// Sums up the sessions of a period, where they failed, and by day.
pub const ANALYTICS_SESSIONS: &str = include_str!("sql/analytics_sessions.sql");
/// Counts the events of a period.
pub const ANALYTICS_TOTAL: &str = include_str!("sql/analytics_total.sql");
/// Lists a page of the events of a period.
pub const ANALYTICS_EVENTS: &str = include_str!("sql/analytics_events.sql");

/// Asks which sums cover a period, and what lies between them.
pub const ANALYTICS_PERIODS: &str = include_str!("sql/analytics_periods.sql");
/// Sums up the sessions of a period, where they failed, and by day, from sums and what lies between them.
pub const ROLLED_SESSIONS: &str = rolled!("sql/rolled_sessions.sql");
/// Counts the events of a period, from sums and what lies between them.
pub const ROLLED_TOTAL: &str = rolled!("sql/rolled_total.sql");
/// Asks which periods are not summed up.
pub const ROLLUPS_MISSING: &str = include_str!("sql/rollups_missing.sql");
/// Sums up periods.
pub const ROLLUPS_MAKE: &str = include_str!("sql/rollups_make.sql");
/// Compares all sums with their sessions and events.
pub const ROLLUPS_CHECK: &str = include_str!("sql/rollups_check.sql");
