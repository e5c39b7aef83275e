//! The store of analytics: all parts of an answer are of one moment.

use async_trait::async_trait;
use tokio_postgres::Row;

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
        let mut connection = self.database.background(self.database.deadline()).await?;
        connection.begin_snapshot().await?;
        let analytics = Analytics {
            metrics: metrics(&mut connection, query).await?,
            failure_points: failure_points(&mut connection, query).await?,
            series: series(&mut connection, query).await?,
            events: events(&mut connection, query).await?,
        };
        connection.commit().await?;
        Ok(analytics)
    }
}

fn user(query: &AnalyticsQuery) -> Option<&str> {
    query.user.as_ref().map(|user| user.0.as_str())
}

async fn metrics(connection: &mut Connection, query: &AnalyticsQuery) -> Result<Metrics, DomainError> {
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&query.from, &query.to, &user(query)];
    let row = connection.query_opt(statements::ANALYTICS_METRICS, &params).await?;
    let row = row.ok_or_else(|| DomainError::internal("the metrics answered no row"))?;
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

async fn failure_points(connection: &mut Connection, query: &AnalyticsQuery) -> Result<Vec<FailurePoint>, DomainError> {
    let point = |row: Row| {
        let count = column(&row, "count")?;
        Ok(FailurePoint {
            reason: column(&row, "reason")?,
            step: column(&row, "step")?,
            count,
            share: share(count, column(&row, "failures")?),
        })
    };
    let rows = connection.query(statements::ANALYTICS_FAILURES, &[&query.from, &query.to, &user(query)]).await?;
    rows.into_iter().map(point).collect()
}

async fn series(connection: &mut Connection, query: &AnalyticsQuery) -> Result<Vec<Day>, DomainError> {
    let day = |row: Row| {
        Ok(Day {
            date: column(&row, "date")?,
            created: column(&row, "created")?,
            finalized: column(&row, "finalized")?,
            failed: column(&row, "failed")?,
        })
    };
    let rows = connection.query(statements::ANALYTICS_SERIES, &[&query.from, &query.to, &user(query)]).await?;
    rows.into_iter().map(day).collect()
}

async fn events(connection: &mut Connection, query: &AnalyticsQuery) -> Result<EventPage, DomainError> {
    let event_type = query.event_type.map(EventType::as_str);
    let user = user(query);
    let row = connection.query_opt(statements::ANALYTICS_TOTAL, &[&query.from, &query.to, &user, &event_type]).await?;
    let total = row.map_or(Ok(0), |row| column(&row, "total"))?;
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
