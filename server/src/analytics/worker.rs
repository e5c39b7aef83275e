//! The worker behind the requests: records events of new rows, moves others from the outbox to the analytics, keeps the sums
//! of hours and days, removes events that are kept no longer, and records sessions as expired that nobody touches any more.
//! Every server process runs one; they share the work and never do it twice.

use std::{convert::Infallible, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    pace::{BATCH, PATIENCE, Portion, SHORT_PATIENCE, Setback, Turn},
    recording::record,
};
use crate::{
    causes::with_causes,
    domain::{DomainError, analytics::Retention, ports::Clock},
    postgres::{Database, PgOutbox, PgRollups},
};

/// How many events are recorded at once at the end, and how long that may take for all of them.
const LAST_EVENTS: usize = 2000;
const LAST_TIME: Duration = Duration::from_secs(1);
/// How many expired sessions are recorded at once.
const SWEEP: i64 = 100;
/// How often idempotency keys and old events are forgotten, in rounds.
const FORGET_EVERY: u32 = 240;
/// How often sums of hours and days that lack are made, in rounds.
const ROLL_UP_EVERY: u32 = 40;
/// How many sums are made at once.
const SUMS: i64 = 24;

/// A worker that runs until it is stopped or dropped.
pub struct Worker {
    stopping: DropGuard,
    tasks: [JoinHandle<()>; 2],
    database: Database,
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
        let recording = {
            let (database, clock) = (database.clone(), Arc::clone(&clock));
            move || record(database.clone(), Arc::clone(&clock))
        };
        let moving = move || work(stores.clone(), Arc::clone(&clock));
        let tasks = [tokio::spawn(supervise(recording, token.clone())), tokio::spawn(supervise(moving, token.clone()))];
        Self { stopping: token.drop_guard(), tasks, database: database.clone() }
    }

    /// Stops: what is under way is cancelled, and undone by the database. What is left in the outbox waits for another
    /// worker. Events of new rows are recorded now if that can be in a moment; if not, the next look finds them.
    pub async fn stop(self) {
        drop(self.stopping);
        for task in self.tasks {
            // It ends at the token; that it could have panicked changes nothing here.
            let _ = task.await;
        }
        let recorder = self.database.recorder();
        let all = async { while recorder.record(LAST_EVENTS).await.is_ok_and(|recorded| recorded > 0) {} };
        let _ = timeout(LAST_TIME, all).await;
        let (events, _) = self.database.events().depth();
        if events > 0 {
            tracing::warn!(events, "events of new rows are not recorded; the next look for missing events will do it");
        }
        self.database.all_cancelled().await;
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
async fn supervise<W>(work: impl Fn() -> W, stopping: CancellationToken)
where
    W: Future<Output = Infallible> + Send + 'static,
{
    let mut setback = Setback::default();
    loop {
        let mut work = tokio::spawn(work());
        tokio::select! {
            () = stopping.cancelled() => {
                work.abort();
                // Its connections are closed when it has ended.
                let _ = work.await;
                return;
            }
            Err(error) = &mut work => tracing::error!(%error, "the analytics worker ended; starting it again"),
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = sleep(setback.next()) => {}
        }
    }
}

/// Works without end. It may be dropped at any point: each step is done as a whole or not at all.
async fn work(stores: Stores, clock: Arc<dyn Clock>) -> Infallible {
    let (mut portion, mut setback) = (Portion::new(), Setback::default());
    let mut upkeep = Upkeep { round: 0, turn: Turn::new(Instant::now()) };
    let mut more = false;
    loop {
        let patience = if more { SHORT_PATIENCE } else { PATIENCE };
        let wanted = portion.next(stores.database.few_requests(), patience).await;
        let moved = match wanted {
            1 => stores.outbox.move_first_event().await,
            _ => stores.outbox.move_events(wanted).await,
        };
        let rest = moved.as_ref().map_or(Duration::ZERO, |moved| portion.worked(*moved, wanted));
        // Also when no events can be moved: sessions expire all the same.
        more = upkeep.run_in_turn(&stores, clock.now(), portion.is_behind()).await;
        match moved {
            Ok(_) => {
                if setback.is_over() {
                    tracing::info!("the analytics worker goes on");
                }
                if !more {
                    sleep(rest).await;
                }
            }
            Err(error) => {
                portion.failed(wanted);
                tracing::warn!(
                    error = with_causes(&error),
                    events = wanted,
                    "events cannot be moved; trying again later, with fewer at once"
                );
                // What fails for the events themselves will do so however long it waits: smaller portions find them.
                if wanted == 1 || matches!(error, DomainError::Unavailable(_)) {
                    sleep(setback.next()).await;
                }
            }
        }
    }
}

/// The work beside moving events, which is done at longer intervals.
struct Upkeep {
    round: u32,
    turn: Turn,
}

impl Upkeep {
    /// Does one round when it is its turn, and tells whether there is more to do at once.
    async fn run_in_turn(&mut self, stores: &Stores, now: DateTime<Utc>, behind: bool) -> bool {
        if !self.turn.has_come(Instant::now()) {
            return false;
        }
        match self.run(stores, now, behind).await {
            Ok(more) => {
                self.turn.done(Instant::now(), more);
                more
            }
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "expired sessions cannot be recorded");
                self.turn.failed(Instant::now());
                false
            }
        }
    }

    /// Does one round, and tells whether there is more to do at once. That a part of it fails keeps no other from being done.
    async fn run(&mut self, stores: &Stores, now: DateTime<Utc>, behind: bool) -> Result<bool, DomainError> {
        let Stores { outbox, rollups, retention, .. } = stores;
        let expired = outbox.expire_due(now, SWEEP).await;
        let mut forgotten = 0;
        if self.round.is_multiple_of(FORGET_EVERY) {
            forgotten = forget_keys(outbox, now).await.max(forget_events(outbox, retention.ends_at(now)).await);
        }
        // Sums of a day whose events are going would not last.
        let sums_are_due = self.round.is_multiple_of(ROLL_UP_EVERY) && forgotten < BATCH;
        let summed_up = if sums_are_due { sum_up(rollups).await } else { 0 };
        // While sums lack or old events are left, every round works at them, and events are moved in between. Not so for
        // sums while many events wait: these would undo the sums again.
        let unfinished = forgotten == BATCH || (summed_up == SUMS && !behind);
        if !unfinished {
            self.round = self.round.wrapping_add(1);
        }
        let swept = expired? == SWEEP;
        Ok(unfinished || swept)
    }
}

/// Makes sums that lack. That it fails makes answers slower and no event late: the next time will do.
async fn sum_up(rollups: &PgRollups) -> i64 {
    rollups.make(SUMS).await.unwrap_or_else(|error| {
        tracing::warn!(error = with_causes(&error), "hours and days cannot be summed up");
        0
    })
}

/// Removes events that are kept no longer. That it fails keeps these a little longer, and makes no other event late.
async fn forget_events(outbox: &PgOutbox, before: Option<DateTime<Utc>>) -> i64 {
    let Some(before) = before else { return 0 };
    outbox.forget_events(before, BATCH).await.unwrap_or_else(|error| {
        tracing::warn!(error = with_causes(&error), "old events cannot be removed");
        0
    })
}

/// Forgets idempotency keys that are free again. That it fails keeps them from nobody.
async fn forget_keys(outbox: &PgOutbox, now: DateTime<Utc>) -> i64 {
    outbox.forget_idempotency_keys(now, BATCH).await.unwrap_or_else(|error| {
        tracing::warn!(error = with_causes(&error), "old idempotency keys cannot be removed");
        0
    })
}
