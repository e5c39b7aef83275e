//! Questions about what happened, and their answers, in the words of the contract.

use chrono::Datelike;
use server_api::operations::get_analytics::Request;
use server_api::types;

use super::cursor;
use crate::domain::analytics::{Analytics, AnalyticsQuery, Event, EventMetadata, EventPage, EventType, Metrics};
use crate::domain::{DomainError, UserId, Violation};

/// The question of a request.
///
/// # Errors
///
/// Everything that single values cannot show to be wrong.
pub fn query(request: Request) -> Result<AnalyticsQuery, DomainError> {
    let mut violations = Vec::new();
    for (name, time) in [("from", request.from), ("to", request.to)] {
        if time.is_some_and(|time| !(1970..=9999).contains(&time.year())) {
            violations.push(Violation::new(name, "must be in the years 1970 to 9999"));
        }
    }
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from > to
    {
        violations.push(Violation::new("from", "must not be after `to`"));
    }
    let after = request.cursor.as_deref().map(cursor::decode);
    if after == Some(None) {
        violations.push(Violation::new("cursor", "must be the `nextCursor` of a page"));
    }
    if !violations.is_empty() {
        return Err(DomainError::Invalid(violations));
    }
    Ok(AnalyticsQuery {
        from: request.from,
        to: request.to,
        event_type: request.event_type.map(asked_type),
        user: request.user_id.map(UserId),
        limit: request.limit.into(),
        offset: request.offset.into(),
        after: after.flatten(),
    })
}

/// The answer to a question.
pub fn answer(analytics: Analytics, limit: i32, offset: i32) -> types::Analytics {
    types::Analytics {
        metrics: metrics(&analytics.metrics),
        failure_points: analytics
            .failure_points
            .into_iter()
            .map(|point| types::FailurePoint {
                reason: point.reason,
                step: point.step,
                count: point.count,
                share: point.share,
            })
            .collect(),
        series: analytics
            .series
            .into_iter()
            .map(|day| types::AnalyticsDay {
                date: day.date,
                sessions_created: day.created,
                sessions_finalized: day.finalized,
                sessions_failed: day.failed,
            })
            .collect(),
        events: page(analytics.events, limit, offset),
    }
}

fn metrics(metrics: &Metrics) -> types::AnalyticsMetrics {
    types::AnalyticsMetrics {
        sessions_created: metrics.created,
        sessions_finalized: metrics.finalized,
        sessions_failed: metrics.failed,
        sessions_open: metrics.open,
        success_rate: metrics.success_rate,
        average_upload_time_ms: metrics.average_upload_time_ms,
        p50_upload_time_ms: metrics.p50_upload_time_ms,
        p95_upload_time_ms: metrics.p95_upload_time_ms,
    }
}

fn page(page: EventPage, limit: i32, offset: i32) -> types::AnalyticsEventPage {
    types::AnalyticsEventPage {
        items: page.items.into_iter().map(event).collect(),
        total: page.total,
        limit,
        offset,
        next_cursor: page.next.map(cursor::encode),
    }
}

fn event(event: Event) -> types::AnalyticsEvent {
    types::AnalyticsEvent {
        event_id: event.id,
        session_id: event.session.0,
        event_type: told_type(event.event_type),
        created_at: event.created_at,
        metadata: metadata(event.metadata),
    }
}

fn metadata(metadata: EventMetadata) -> types::AnalyticsEventMetadata {
    types::AnalyticsEventMetadata {
        user_id: metadata.user_id,
        file_count: metadata.file_count,
        total_size_bytes: metadata.total_size_bytes,
        elapsed_time_ms: metadata.elapsed_time_ms,
        failure_reason: metadata.failure_reason,
        step: metadata.step,
    }
}

fn asked_type(event_type: types::EventType) -> EventType {
    match event_type {
        types::EventType::SessionCreated => EventType::SessionCreated,
        types::EventType::FileRegistered => EventType::FileRegistered,
        types::EventType::FileCompleted => EventType::FileCompleted,
        types::EventType::SessionFinalized => EventType::SessionFinalized,
        types::EventType::SessionFailed => EventType::SessionFailed,
    }
}

fn told_type(event_type: EventType) -> types::EventType {
    match event_type {
        EventType::SessionCreated => types::EventType::SessionCreated,
        EventType::FileRegistered => types::EventType::FileRegistered,
        EventType::FileCompleted => types::EventType::FileCompleted,
        EventType::SessionFinalized => types::EventType::SessionFinalized,
        EventType::SessionFailed => types::EventType::SessionFailed,
    }
}
