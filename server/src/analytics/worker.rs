//! The worker behind the requests: moves events from the outbox to the analytics, keeps the sums of hours and days, removes
//! events that are kept no longer, and records sessions as expired that nobody touches any more. Every server process runs one; they share the work and never do it twice.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    domain::{DomainError, analytics::Retention, ports::Clock},
    postgres::{Database, PgOutbox, PgRollups},
};

/// How many events are moved, or removed, at once at most.
const BATCH: i64 = 2000;
/// How many events are moved at once while they come in steadily: a request that shares a processor with a batch waits for
/// it, and does not notice so short a one.
const GENTLE: u32 = 25;
/// The same while requests keep the database busy: then it counts what an event costs, and large batches cost less.
const THRIFTY: u32 = 250;
/// How many expired sessions are recorded at once.
const SWEEP: usize = 100;
/// How long the worker rests when there is nothing to do.
const IDLE: Duration = Duration::from_millis(250);
/// How long it rests at least, unless more waits than can be moved at once.
const SHORTEST_REST: Duration = Duration::from_millis(5);
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
        let stores =
            Stores { database: database.clone(), outbox: database.outbox(), rollups: database.rollups(), retention };
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
    database: Database,
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
    let (mut rest, mut setback) = (IDLE, None);
    let mut upkeep = Upkeep { round: 0, due: Instant::now() };
    while !stopping.is_cancelled() {
        match work_once(&stores, &*clock, &mut upkeep).await {
            Ok(done) => {
                if setback.take().is_some() {
                    tracing::info!("the analytics worker goes on");
                }
                let wanted = if stores.database.is_busy() { THRIFTY } else { GENTLE };
                rest = rest_after(rest, done.moved, wanted);
                if !done.more {
                    pause(&stopping, rest).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the analytics worker waits");
                let wait = setback.map_or(IDLE, |before: Duration| LONGEST_PAUSE.min(before * 2));
                setback = Some(wait);
                pause(&stopping, wait).await;
            }
        }
    }
}

/// A rest after which there are about as many events as wanted, if they go on coming as they did.
fn rest_after(rest: Duration, moved: i64, wanted: u32) -> Duration {
    let moved = u32::try_from(moved).unwrap_or(u32::MAX).max(1);
    (rest * wanted / moved).clamp(SHORTEST_REST, IDLE)
}

/// What one round has done.
struct Done {
    moved: i64,
    /// There is more to do at once.
    more: bool,
}

/// Moves events, and does what else is due.
async fn work_once(stores: &Stores, clock: &dyn Clock, upkeep: &mut Upkeep) -> Result<Done, DomainError> {
    let moved = stores.outbox.move_events(BATCH).await?;
    let more = upkeep.due <= Instant::now() && upkeep.run(stores, clock.now()).await?;
    Ok(Done { moved, more: more || moved == BATCH })
}

/// The work beside moving events, which is done at longer intervals.
struct Upkeep {
    round: u32,
    due: Instant,
}

impl Upkeep {
    /// Does one round, and tells whether there is more to do at once.
    async fn run(&mut self, stores: &Stores, now: DateTime<Utc>) -> Result<bool, DomainError> {
        let Stores { outbox, rollups, retention, .. } = stores;
        let expired = outbox.expire_due(now, SWEEP).await?;
        let mut forgotten = 0;
        if self.round.is_multiple_of(FORGET_EVERY) {
            outbox.forget_idempotency_keys(now).await?;
            forgotten = forget_events(outbox, retention.ends_at(now)).await;
        }
        // Sums of a day whose events are going would not last.
        let sums_are_due = self.round.is_multiple_of(ROLL_UP_EVERY) && forgotten < BATCH;
        let summed_up = if sums_are_due { sum_up(rollups).await } else { 0 };
        // While sums lack or old events are left, every round works at them, and events are moved in between.
        if summed_up < SUMS && forgotten < BATCH {
            self.round = self.round.wrapping_add(1);
        }
        let swept = usize::try_from(expired).is_ok_and(|expired| expired == SWEEP);
        let more = forgotten == BATCH || summed_up == SUMS || swept;
        if !more {
            self.due = Instant::now() + IDLE;
        }
        Ok(more)
    }
}

/// Makes sums that lack. That it fails makes answers slower and no event late: the next time will do.
async fn sum_up(rollups: &PgRollups) -> i64 {
    rollups.make(SUMS).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "hours and days cannot be summed up");
        0
    })
}

/// Removes events that are kept no longer. That it fails keeps these a little longer, and makes no other event late.
async fn forget_events(outbox: &PgOutbox, before: Option<DateTime<Utc>>) -> i64 {
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
