//! The store of analytics: all parts of an answer are of one moment.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_postgres::{Row, types::ToSql};

use super::{
    database::{Connection, Database},
    error::column,
    statements,
};
use crate::domain::{
    DomainError, SessionId,
    analytics::{Analytics, AnalyticsQuery, Cursor, Day, Event, EventPage, EventType, FailurePoint, Metrics},
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
        let analytics = Analytics {
            metrics: metrics(&mut connection, query, periods.as_ref()).await?,
            failure_points: failure_points(&mut connection, query, periods.as_ref()).await?,
            series: series(&mut connection, query, periods.as_ref()).await?,
            events: events(&mut connection, query, periods.as_ref()).await?,
        };
        connection.commit().await?;
        Ok(analytics)
    }
}

/// How a period is covered: by sums of hours and days, and by what lies between them.
struct Periods {
    hours: Vec<DateTime<Utc>>,
    days: Vec<DateTime<Utc>>,
    gap_starts: Vec<Option<DateTime<Utc>>>,
    gap_ends: Vec<Option<DateTime<Utc>>>,
}

impl Periods {
    fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.hours, &self.days, &self.gap_starts, &self.gap_ends]
    }
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

/// Asks about sessions, from sums where there are any.
async fn ask(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
    rolled: &'static str,
    raw: &'static str,
) -> Result<Vec<Row>, DomainError> {
    match periods {
        Some(periods) => connection.query(rolled, &periods.params()).await,
        None => connection.query(raw, &[&query.from, &query.to, &user(query)]).await,
    }
}

fn user(query: &AnalyticsQuery) -> Option<&str> {
    query.user.as_ref().map(|user| user.0.as_str())
}

async fn metrics(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
) -> Result<Metrics, DomainError> {
    let rows = ask(connection, query, periods, statements::ROLLED_METRICS, statements::ANALYTICS_METRICS).await?;
    let row = rows.into_iter().next().ok_or_else(|| DomainError::internal("the metrics answered no row"))?;
    let (created, finalized): (i64, i64) = (column(&row, "created")?, column(&row, "finalized")?);
    Ok(Metrics {
        created,
        finalized,
        failed: column(&row, "failed")?,
        open: column(&row, "open")?,
        success_rate: (created > 0).then(|| share(finalized, created)),
        average_upload_time_ms: column(&row, "average")?,
        p50_upload_time_ms: column(&row, "p50")?,
        p95_upload_time_ms: column(&row, "p95")?,
    })
}

async fn failure_points(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
) -> Result<Vec<FailurePoint>, DomainError> {
    let point = |row: Row| {
        let count = column(&row, "count")?;
        Ok(FailurePoint {
            reason: column(&row, "reason")?,
            step: column(&row, "step")?,
            count,
            share: share(count, column(&row, "failures")?),
        })
    };
    let rows = ask(connection, query, periods, statements::ROLLED_FAILURES, statements::ANALYTICS_FAILURES).await?;
    rows.into_iter().map(point).collect()
}

async fn series(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
) -> Result<Vec<Day>, DomainError> {
    let day = |row: Row| {
        Ok(Day {
            date: column(&row, "date")?,
            created: column(&row, "created")?,
            finalized: column(&row, "finalized")?,
            failed: column(&row, "failed")?,
        })
    };
    let rows = ask(connection, query, periods, statements::ROLLED_SERIES, statements::ANALYTICS_SERIES).await?;
    rows.into_iter().map(day).collect()
}

async fn total(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
) -> Result<i64, DomainError> {
    let event_type = query.event_type.map(EventType::as_str);
    let row = match periods {
        Some(Periods { hours, days, gap_starts, gap_ends }) => {
            connection.query_opt(statements::ROLLED_TOTAL, &[hours, days, gap_starts, gap_ends, &event_type]).await?
        }
        None => {
            let params: [&(dyn ToSql + Sync); 4] = [&query.from, &query.to, &user(query), &event_type];
            connection.query_opt(statements::ANALYTICS_TOTAL, &params).await?
        }
    };
    row.map_or(Ok(0), |row| column(&row, "total"))
}

async fn events(
    connection: &mut Connection,
    query: &AnalyticsQuery,
    periods: Option<&Periods>,
) -> Result<EventPage, DomainError> {
    let total = total(connection, query, periods).await?;
    let event_type = query.event_type.map(EventType::as_str);
    let user = user(query);
    let (after_time, after_id) = query.after.map(|cursor| (cursor.created_at, cursor.event_id)).unzip();
    // One more than asked for tells whether there is a next page.
    let rows = connection
        .query(
            statements::ANALYTICS_EVENTS,
            &[&query.from, &query.to, &user, &event_type, &after_time, &after_id, &(query.limit + 1), &query.offset],
        )
        .await?;
    let mut items = rows.into_iter().map(event).collect::<Result<Vec<_>, DomainError>>()?;
    let limit = usize::try_from(query.limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().map(|event| Cursor { created_at: event.created_at, event_id: event.id });
    Ok(EventPage { items, total, next: last.filter(|_| more) })
}

fn event(row: Row) -> Result<Event, DomainError> {
    let metadata: Option<serde_json::Value> = column(&row, "metadata")?;
    let event_type = EventType::parse(column(&row, "event_type")?);
    Ok(Event {
        id: column(&row, "event_id")?,
        session: SessionId(column(&row, "session_id")?),
        event_type: event_type.ok_or_else(|| DomainError::internal("an unknown event type"))?,
        created_at: column(&row, "created_at")?,
        // The column takes any JSON, by hand as well; what is not ours is left out of the answer.
        metadata: metadata.and_then(|metadata| serde_json::from_value(metadata).ok()).unwrap_or_default(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a share of fewer than 2^53 sessions is exact enough")]
fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole.max(1) as f64
}
