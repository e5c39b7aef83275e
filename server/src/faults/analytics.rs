//! The answers to questions about sessions, with faults.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::catalog::faults;
use crate::domain::DomainError;
use crate::domain::analytics::{Analytics, AnalyticsQuery, Cursor};
use crate::domain::ports::AnalyticsStore;

/// The least difference between two times that the database knows.
const TICK: TimeDelta = TimeDelta::microseconds(1);

faults! {
    /// What can be wrong with the answers to questions about sessions.
    AnalyticsFault {
        OldestFirst "oldest-first" "The events of a page are listed oldest first",
        TotalOfPage "total-of-page" "`total` counts the events of the page",
        TypeIgnored "type-ignored" "The filter `eventType` is ignored",
        UserIgnored "user-ignored" "The filter `userId` is ignored",
        EndIncluded "end-included" "The moment `to` belongs to the period",
        StartExcluded "start-excluded" "The moment `from` does not belong to the period",
        OffsetIgnored "offset-ignored" "`offset` skips nothing",
        CursorIgnored "cursor-ignored" "`cursor` gives the first page again",
        PageTooLong "page-too-long" "A page has one event more than `limit`",
        CursorOnLastPage "cursor-on-last-page" "The last page has a `nextCursor` too",
        FailedAreOpen "failed-are-open" "`sessionsOpen` counts failed sessions",
        MedianForP95 "median-for-p95" "The 95th percentile of the upload times is the median",
        TimesInSeconds "times-in-seconds" "The average upload time is in seconds",
        ShareOfCreated "share-of-created" "The share of a point of failure is of all sessions instead of all failures",
        DaysShifted "days-shifted" "The series tells of each day as the one before it",
        ElapsedLost "elapsed-lost" "Events do not tell how long their session had existed",
    }
}

/// The answers to questions about sessions, with one fault.
pub struct FaultyAnalytics {
    right: Arc<dyn AnalyticsStore>,
    fault: AnalyticsFault,
}

impl FaultyAnalytics {
    /// Answers as `right` does, but for the fault.
    pub fn new(right: Arc<dyn AnalyticsStore>, fault: AnalyticsFault) -> Self {
        Self { right, fault }
    }

    fn question(&self, query: &AnalyticsQuery) -> AnalyticsQuery {
        let query = query.clone();
        match self.fault {
            AnalyticsFault::TypeIgnored => AnalyticsQuery { event_type: None, ..query },
            AnalyticsFault::UserIgnored => AnalyticsQuery { user: None, ..query },
            AnalyticsFault::EndIncluded => AnalyticsQuery { to: query.to.map(|to| to + TICK), ..query },
            AnalyticsFault::StartExcluded => AnalyticsQuery { from: query.from.map(|from| from + TICK), ..query },
            AnalyticsFault::OffsetIgnored => AnalyticsQuery { offset: 0, ..query },
            AnalyticsFault::CursorIgnored => AnalyticsQuery { after: None, ..query },
            AnalyticsFault::PageTooLong => AnalyticsQuery { limit: query.limit + 1, ..query },
            _ => query,
        }
    }

    fn answer(&self, mut analytics: Analytics) -> Analytics {
        let created = analytics.metrics.created;
        let (metrics, events) = (&mut analytics.metrics, &mut analytics.events);
        match self.fault {
            AnalyticsFault::OldestFirst => events.items.reverse(),
            AnalyticsFault::TotalOfPage => events.total = i64::try_from(events.items.len()).unwrap_or(i64::MAX),
            AnalyticsFault::CursorOnLastPage => {
                let last = events.items.last();
                events.next = last.map(|event| Cursor { created_at: event.created_at, event_id: event.id });
            }
            AnalyticsFault::FailedAreOpen => metrics.open += metrics.failed,
            AnalyticsFault::MedianForP95 => metrics.p95_upload_time_ms = metrics.p50_upload_time_ms,
            AnalyticsFault::TimesInSeconds => {
                metrics.average_upload_time_ms = metrics.average_upload_time_ms.map(|time| time / 1000.0);
            }
            #[expect(clippy::cast_precision_loss)]
            AnalyticsFault::ShareOfCreated => {
                let share = |count: i64| count as f64 / created as f64;
                analytics.failure_points.iter_mut().for_each(|point| point.share = share(point.count));
            }
            AnalyticsFault::DaysShifted => {
                analytics.series.iter_mut().for_each(|day| day.date = day.date.pred_opt().unwrap_or(day.date));
            }
            AnalyticsFault::ElapsedLost => {
                events.items.iter_mut().for_each(|event| event.metadata.elapsed_time_ms = None)
            }
            _ => {}
        }
        analytics
    }
}

#[async_trait]
impl AnalyticsStore for FaultyAnalytics {
    async fn query(&self, query: &AnalyticsQuery) -> Result<Analytics, DomainError> {
        Ok(self.answer(self.right.query(&self.question(query)).await?))
    }
}
