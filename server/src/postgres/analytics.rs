//! The store of analytics: all parts of an answer are of one moment.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use tokio_postgres::{
    Row,
    types::{Json, ToSql},
};

use super::{connection::Connection, database::Database, error::column, statements};
use crate::domain::{
    DomainError, SessionId,
    analytics::{Analytics, AnalyticsQuery, Cursor, Event, EventPage, EventType, FailurePoint, Metrics},
    ports::AnalyticsStore,
};

/// Analytics in PostgreSQL.
#[derive(Clone)]
pub struct PgAnalytics {
    database: Database,
}

impl PgAnalytics {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AnalyticsStore for PgAnalytics {
    async fn query(&self, query: &AnalyticsQuery) -> Result<Analytics, DomainError> {
        let mut connection = self.database.question().await?;
        connection.begin_snapshot().await?;
        let periods = periods(&mut connection, query).await?;
        let user = query.user.as_ref().map(|user| user.0.as_str());
        let event_type = query.event_type.map(EventType::as_str);
        let (after_time, after_id) = query.after.map(|cursor| (cursor.created_at, cursor.event_id)).unzip();
        // One more than asked for tells whether there is a next page.
        let (one_more, offset) = (query.limit + 1, query.offset);

        let summed_up = periods.is_some();
        let either = |rolled, raw| if summed_up { rolled } else { raw };
        let of_sessions: Vec<&(dyn ToSql + Sync)> = match &periods {
            Some(Periods { hours, days, gap_starts, gap_ends }) => vec![hours, days, gap_starts, gap_ends],
            None => vec![&query.from, &query.to, &user],
        };
        let of_events = [of_sessions.as_slice(), &[&event_type]].concat();
        let of_page: [&(dyn ToSql + Sync); 8] =
            [&query.from, &query.to, &user, &event_type, &after_time, &after_id, &one_more, &offset];
        let [sessions, total, events] = connection
            .query_all([
                (either(statements::ROLLED_SESSIONS, statements::ANALYTICS_SESSIONS), &of_sessions),
                (either(statements::ROLLED_TOTAL, statements::ANALYTICS_TOTAL), &of_events),
                (statements::ANALYTICS_EVENTS, &of_page),
            ])
            .await?;
        connection.commit().await?;
        let sessions = sessions.first().ok_or_else(|| DomainError::internal("the sessions answered no row"))?;
        Ok(Analytics {
            metrics: metrics(sessions)?,
            failure_points: list(sessions, "failure_points")?.into_iter().map(failure_point).collect(),
            series: list(sessions, "series")?,
            events: page(query, &total, &events)?,
        })
    }
}

/// How a period is covered: by sums of hours and days, and by what lies between them.
struct Periods {
    hours: Vec<DateTime<Utc>>,
    days: Vec<DateTime<Utc>>,
    gap_starts: Vec<Option<DateTime<Utc>>>,
    gap_ends: Vec<Option<DateTime<Utc>>>,
}

/// The sums that answer the question; none when it must be answered from the sessions and events themselves, which is so
/// for one user (an index finds these), and where nothing is summed up.
async fn periods(connection: &mut Connection, query: &AnalyticsQuery) -> Result<Option<Periods>, DomainError> {
    if query.user.is_some() {
        return Ok(None);
    }
    let Some(row) = connection.query_opt(statements::ANALYTICS_PERIODS, &[&query.from, &query.to]).await? else {
        return Ok(None);
    };
    let periods = Periods {
        hours: column(&row, "hours")?,
        days: column(&row, "days")?,
        gap_starts: column(&row, "gap_starts")?,
        gap_ends: column(&row, "gap_ends")?,
    };
    Ok((!periods.hours.is_empty() || !periods.days.is_empty()).then_some(periods))
}

fn metrics(row: &Row) -> Result<Metrics, DomainError> {
    let (created, finalized): (i64, i64) = (column(row, "created")?, column(row, "finalized")?);
    Ok(Metrics {
        created,
        finalized,
        failed: column(row, "failed")?,
        open: column(row, "open")?,
        success_rate: (created > 0).then(|| share(finalized, created)),
        average_upload_time_ms: column(row, "average")?,
        p50_upload_time_ms: column(row, "p50")?,
        p95_upload_time_ms: column(row, "p95")?,
    })
}

/// A column that holds a list as JSON, or null for none.
fn list<T: DeserializeOwned + 'static>(row: &Row, name: &str) -> Result<Vec<T>, DomainError> {
    let items: Option<Json<Vec<T>>> = row.try_get(name).map_err(DomainError::internal)?;
    Ok(items.map_or_else(Vec::new, |Json(items)| items))
}

/// Sessions that failed for one reason after one step, of all that failed.
#[derive(Deserialize)]
struct Failures {
    reason: String,
    step: String,
    count: i64,
    failures: i64,
}

fn failure_point(Failures { reason, step, count, failures }: Failures) -> FailurePoint {
    FailurePoint { reason, step, count, share: share(count, failures) }
}

fn page(query: &AnalyticsQuery, total: &[Row], events: &[Row]) -> Result<EventPage, DomainError> {
    let total = total.first().map_or(Ok(0), |row| column(row, "total"))?;
    let mut items = events.iter().map(event).collect::<Result<Vec<_>, DomainError>>()?;
    let limit = usize::try_from(query.limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().map(|event| Cursor { created_at: event.created_at, event_id: event.id });
    Ok(EventPage { items, total, next: last.filter(|_| more) })
}

fn event(row: &Row) -> Result<Event, DomainError> {
    let metadata: Option<serde_json::Value> = column(row, "metadata")?;
    let event_type = EventType::parse(column(row, "event_type")?);
    Ok(Event {
        id: column(row, "event_id")?,
        session: SessionId(column(row, "session_id")?),
        event_type: event_type.ok_or_else(|| DomainError::internal("an unknown event type"))?,
        created_at: column(row, "created_at")?,
        // The column takes any JSON, by hand as well; what is not ours is left out of the answer.
        metadata: metadata.and_then(|metadata| serde_json::from_value(metadata).ok()).unwrap_or_default(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a share of fewer than 2^53 sessions is exact enough")]
fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole.max(1) as f64
}
