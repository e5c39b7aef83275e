//! The worker behind the requests: moves events from the outbox to the analytics, keeps the sums of hours and days, removes
//! events that are kept no longer, and records sessions as expired that nobody touches any more. Every server process runs one; they share the work and never do it twice.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    domain::{DomainError, analytics::Retention, ports::Clock},
    postgres::{Database, PgOutbox, PgRollups},
};

/// How many events are moved, or removed, at once.
const BATCH: i64 = 1000;
/// How many expired sessions are recorded at once.
const SWEEP: usize = 100;
/// How long the worker rests when there is nothing to do.
const IDLE: Duration = Duration::from_millis(250);
/// How long it rests at most when nothing works.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How often idempotency keys and old events are forgotten, in rounds.
const FORGET_EVERY: u32 = 240;
/// How often sums of hours and days that lack are made, in rounds.
const ROLL_UP_EVERY: u32 = 40;
/// How many sums are made at once.
const SUMS: i64 = 24;

/// A worker that runs until it is stopped or dropped.
pub struct Worker {
    stopping: DropGuard,
    task: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker that keeps all events. It waits for a database that is away, and catches up when it is back.
    pub fn start(database: &Database, clock: Arc<dyn Clock>) -> Self {
        Self::start_with(database, clock, Retention::default())
    }

    /// The same, for events that are not kept for ever.
    pub fn start_with(database: &Database, clock: Arc<dyn Clock>, retention: Retention) -> Self {
        let stores = Stores { outbox: database.outbox(), rollups: database.rollups(), retention };
        let token = CancellationToken::new();
        let task = tokio::spawn(supervise(stores, clock, token.clone()));
        Self { stopping: token.drop_guard(), task }
    }

    /// Finishes the batch in hand and stops. What is left waits in the outbox for another worker.
    pub async fn stop(self) {
        drop(self.stopping);
        // The task ends at the token; that it could have panicked changes nothing here.
        let _ = self.task.await;
    }
}

/// What the worker works on.
#[derive(Clone)]
struct Stores {
    outbox: PgOutbox,
    rollups: PgRollups,
    retention: Retention,
}

/// Starts the work again should it ever panic: events would pile up unseen otherwise.
async fn supervise(stores: Stores, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let work = tokio::spawn(work(stores.clone(), Arc::clone(&clock), stopping.clone()));
        if let Err(error) = work.await {
            tracing::error!(%error, "the analytics worker ended; starting it again");
            pause(&stopping, LONGEST_PAUSE).await;
        }
    }
}

async fn work(stores: Stores, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    let mut rest = IDLE;
    let mut round = 0_u32;
    while !stopping.is_cancelled() {
        match work_once(&stores, &*clock, &mut round).await {
            Ok(more) => {
                if rest > IDLE {
                    tracing::info!("the analytics worker goes on");
                }
                rest = IDLE;
                if more {
                    continue;
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the analytics worker waits");
                rest = LONGEST_PAUSE.min(rest * 2);
            }
        }
        pause(&stopping, rest).await;
    }
}

/// Does one round, and tells whether there is more to do at once.
async fn work_once(stores: &Stores, clock: &dyn Clock, round: &mut u32) -> Result<bool, DomainError> {
    let Stores { outbox, rollups, retention } = stores;
    let now = clock.now();
    let expired = outbox.expire_due(now, SWEEP).await?;
    let moved = outbox.move_events(BATCH).await?;
    let mut forgotten = 0;
    if round.is_multiple_of(FORGET_EVERY) {
        outbox.forget_idempotency_keys(now).await?;
        forgotten = forget_events(outbox, retention.ends_at(now)).await;
    }
    // Sums of a day whose events are going would not last.
    let sums_are_due = round.is_multiple_of(ROLL_UP_EVERY) && forgotten < BATCH;
    let summed_up = if sums_are_due { sum_up(rollups).await } else { 0 };
    // While sums lack or old events are left, every round works at them, and moves events in between.
    if summed_up < SUMS && forgotten < BATCH {
        *round = round.wrapping_add(1);
    }
    let more = moved == BATCH || forgotten == BATCH || summed_up == SUMS;
    Ok(more || usize::try_from(expired).is_ok_and(|expired| expired == SWEEP))
}

/// Makes sums that lack. That it fails makes answers slower and no event late: the next time will do.
async fn sum_up(rollups: &PgRollups) -> i64 {
    rollups.make(SUMS).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "hours and days cannot be summed up");
        0
    })
}

/// Removes events that are kept no longer. That it fails keeps these a little longer, and makes no other event late.
async fn forget_events(outbox: &PgOutbox, before: Option<chrono::DateTime<chrono::Utc>>) -> i64 {
    let Some(before) = before else { return 0 };
    outbox.forget_events(before, BATCH).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "old events cannot be removed");
        0
    })
}

async fn pause(stopping: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stopping.cancelled() => {}
        () = sleep(time) => {}
    }
}
