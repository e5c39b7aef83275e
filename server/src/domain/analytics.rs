//! What is told about the life of sessions.
//!
//! Metrics, failure points and the series count the sessions that were **created** in the period, whatever day they
//! ended on; the page lists the events that **happened** in the period. Both are about one user when a user is given.

use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

use super::model::{SessionId, UserId};

/// A step in the life of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// The session was created.
    SessionCreated,
    /// A file was registered.
    FileRegistered,
    /// A file was completed.
    FileCompleted,
    /// The session was finalized.
    SessionFinalized,
    /// The session expired or was aborted.
    SessionFailed,
}

impl EventType {
    /// All steps, in the order of a session's life.
    pub const ALL: [Self; 5] =
        [Self::SessionCreated, Self::FileRegistered, Self::FileCompleted, Self::SessionFinalized, Self::SessionFailed];

    /// The word for it in the database and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionCreated => "session_created",
            Self::FileRegistered => "file_registered",
            Self::FileCompleted => "file_completed",
            Self::SessionFinalized => "session_finalized",
            Self::SessionFailed => "session_failed",
        }
    }

    /// The step that `word` stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}

/// How long events are kept. Sessions, and what is counted of them, stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// So many whole days (UTC) before the present one; for ever when there is no number.
    pub days: Option<u32>,
}

impl Retention {
    /// The moment before which events are not kept. It moves once a day, so that the sums of a day change once as well.
    pub fn ends_at(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = now.date_naive().checked_sub_days(Days::new(self.days?.into()))?;
        Some(first.and_time(chrono::NaiveTime::MIN).and_utc())
    }
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnalyticsQuery {
    /// Start of the period, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// End of the period, exclusive.
    pub to: Option<DateTime<Utc>>,
    /// List only events of this type; the metrics do not change.
    pub event_type: Option<EventType>,
    /// Only sessions of this user.
    pub user: Option<UserId>,
    /// How many events to list.
    pub limit: i64,
    /// How many events to skip, after those before the cursor.
    pub offset: i64,
    /// Continue after this event.
    pub after: Option<Cursor>,
}

/// A place in the list of events, which is ordered by time and identifier, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the last event of the page before happened.
    pub created_at: DateTime<Utc>,
    /// Its identifier.
    pub event_id: Uuid,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Analytics {
    /// Of the sessions created in the period.
    pub metrics: Metrics,
    /// Where sessions failed, most common first.
    pub failure_points: Vec<FailurePoint>,
    /// One entry a day (UTC) that has sessions, oldest first.
    pub series: Vec<Day>,
    /// The page of events.
    pub events: EventPage,
}

/// How sessions fared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Sessions created.
    pub created: i64,
    /// Of these, finalized.
    pub finalized: i64,
    /// Of these, failed.
    pub failed: i64,
    /// Of these, neither yet.
    pub open: i64,
    /// Finalized ÷ created; none without sessions.
    pub success_rate: Option<f64>,
    /// From creation to finalization, in milliseconds; none without finalized sessions.
    pub average_upload_time_ms: Option<f64>,
    /// Half of the finalized sessions took no longer.
    pub p50_upload_time_ms: Option<f64>,
    /// 95 % of the finalized sessions took no longer.
    pub p95_upload_time_ms: Option<f64>,
}

/// Sessions that failed for one reason after one step.
#[derive(Clone, Debug, PartialEq)]
pub struct FailurePoint {
    /// Why they failed.
    pub reason: String,
    /// The last step before the failure.
    pub step: String,
    /// How many did.
    pub count: i64,
    /// Of all failures of the period.
    pub share: f64,
}

/// One day of the series; the names in the database are those of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Day {
    /// The day on which the sessions were created (UTC).
    pub date: NaiveDate,
    /// Sessions created.
    pub created: i64,
    /// Of these, finalized.
    pub finalized: i64,
    /// Of these, failed.
    pub failed: i64,
}

/// A page of events, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events.
    pub items: Vec<Event>,
    /// How many there are in the period, with the filters, on all pages.
    pub total: i64,
    /// Where the next page continues; none on the last.
    pub next: Option<Cursor>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier.
    pub id: Uuid,
    /// The session that it is about.
    pub session: SessionId,
    /// What happened.
    pub event_type: EventType,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// What is known about it.
    pub metadata: EventMetadata,
}

/// What is known about an event; the names in the database are those of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct EventMetadata {
    /// Whose session it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// How many files the session has, or was created for; 1 for an event about one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_count: Option<i64>,
    /// Their size together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_size_bytes: Option<i64>,
    /// Milliseconds since the session was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_time_ms: Option<i64>,
    /// Why the session failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The last step before the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}
