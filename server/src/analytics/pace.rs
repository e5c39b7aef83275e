//! When the worker does what: batches of events at moments when few requests are under way, other work at its intervals, and
//! longer and longer waits while something fails.

use std::time::Duration;

use tokio::time::{Instant, timeout};

/// How many events are moved, recorded or removed at once at most.
pub const BATCH: i64 = 2000;
/// How many events are moved or recorded at once while few requests are under way: others that come meanwhile share a processor
/// with the batch, and hardly notice so short a one.
const GENTLY: i64 = 50;
/// How long events wait for few requests at most. Then they are moved all the same, many at once: while requests are many
/// without end it counts what an event costs, and large batches cost less.
pub const PATIENCE: Duration = Duration::from_millis(250);
/// How long at most while other work waits as well: pages of a look or sums, of which there may be thousands.
pub const SHORT_PATIENCE: Duration = Duration::from_millis(20);
/// How long the worker rests after few events while others wait: what they cost is spread, and not felt as one large batch.
const SHORT_REST: Duration = Duration::from_millis(10);
/// How long it rests when nothing waits any more.
const IDLE: Duration = Duration::from_millis(250);
/// How long it rests at most when nothing works.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How long to wait after a failure: each time longer, until something works again.
#[derive(Default)]
pub struct Setback(Option<Duration>);

impl Setback {
    /// How long to wait after one more failure.
    pub fn next(&mut self) -> Duration {
        let wait = self.0.map_or(IDLE, |before| LONGEST_PAUSE.min(before * 2));
        self.0 = Some(wait);
        wait
    }

    /// It works; whether it had failed before.
    pub fn is_over(&mut self) -> bool {
        self.0.take().is_some()
    }
}

/// How many events to move at once. Few at a time, and many when requests leave no moment for few or when too many wait; fewer
/// after each failure, so that neither one event that cannot be moved nor too little time for many of them holds up all
/// others, and more again after each success.
pub struct Portion {
    most: i64,
    since_rest: i64,
}

impl Portion {
    pub fn new() -> Self {
        Self { most: BATCH, since_rest: 0 }
    }

    /// Waits until requests are `few`, but no longer than `patience`, and answers how many events to move now.
    pub async fn next(&self, few: impl Future<Output = ()>, patience: Duration) -> i64 {
        if self.is_behind() {
            return self.most;
        }
        match timeout(patience, few).await {
            Ok(()) => GENTLY.min(self.most),
            Err(_) => self.most,
        }
    }

    /// Whether as many were moved without a rest as can be moved at once. Who falls behind waits for nothing.
    pub fn is_behind(&self) -> bool {
        self.since_rest >= BATCH
    }

    /// So many of those that were wanted were moved. Answers how long to rest now.
    pub fn worked(&mut self, moved: i64, wanted: i64) -> Duration {
        self.most = BATCH.min(self.most * 2);
        if moved < wanted {
            self.since_rest = 0;
            return IDLE;
        }
        self.since_rest += moved;
        if self.is_behind() { Duration::ZERO } else { SHORT_REST }
    }

    /// So many could not be moved.
    pub fn failed(&mut self, wanted: i64) {
        self.most = 1.max(wanted / 2);
    }
}

/// When the work beside moving events has its turn.
pub struct Turn {
    due: Instant,
    setback: Setback,
}

impl Turn {
    pub fn new(now: Instant) -> Self {
        Self { due: now, setback: Setback::default() }
    }

    /// Whether it is its turn.
    pub fn has_come(&self, now: Instant) -> bool {
        self.due <= now
    }

    /// It was done. With more of it to do it stays its turn, after the next batch of events.
    pub fn done(&mut self, now: Instant, more: bool) {
        self.setback.is_over();
        if !more {
            self.due = now + IDLE;
        }
    }

    /// It failed, which is no reason to move events later.
    pub fn failed(&mut self, now: Instant) {
        self.due = now + self.setback.next();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::future::poll_fn;
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[tokio::test]
    async fn portions_are_small_while_requests_are_few_and_large_when_these_leave_no_moment() {
        let portion = Portion::new();
        assert_eq!(portion.next(ready(()), Duration::ZERO).await, GENTLY);
        let begun = Instant::now();
        assert_eq!(portion.next(pending(), PATIENCE).await, BATCH);
        assert!(begun.elapsed() >= PATIENCE);
    }

    #[tokio::test]
    async fn who_falls_behind_takes_large_portions_until_nothing_waits() {
        let mut portion = Portion::new();
        let mut rests = Vec::new();
        for _ in 0..BATCH / GENTLY {
            assert_eq!(portion.next(ready(()), PATIENCE).await, GENTLY);
            rests.push(portion.worked(GENTLY, GENTLY));
        }
        let (last, others) = rests.split_last().unwrap();
        assert!(last.is_zero() && others.iter().all(|rest| *rest == SHORT_REST), "{rests:?}");
        assert_eq!(portion.next(poll_fn(|_| panic!("nobody waits for them")), PATIENCE).await, BATCH);
        assert_eq!(portion.worked(BATCH - 1, BATCH), IDLE);
        assert_eq!(portion.next(ready(()), PATIENCE).await, GENTLY);
    }

    #[tokio::test]
    async fn portions_get_smaller_down_to_one_event_and_larger_again() {
        let mut portion = Portion::new();
        let mut sizes = Vec::new();
        for failed in [[true; 12], [false; 12]].concat() {
            match failed {
                true => portion.failed(portion.most),
                false => drop(portion.worked(0, 1)),
            }
            sizes.push(portion.most);
        }
        let (smaller, larger) = sizes.split_at(12);
        assert_eq!(smaller, [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]);
        assert_eq!(larger, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, BATCH, BATCH]);
        // Few that failed are not tried again as they were.
        portion.failed(portion.next(ready(()), PATIENCE).await);
        assert_eq!(portion.next(ready(()), PATIENCE).await, GENTLY / 2);
    }

    proptest! {
        #[test]
        fn the_turn_comes_at_its_interval_however_long_batches_take(batches in prop::collection::vec(0..40_u64, 200)) {
            let mut now = Instant::now();
            let mut turn = Turn::new(now);
            let mut last = None;
            for batch in batches {
                now += millis(batch);
                if turn.has_come(now) {
                    let waited = last.map_or(IDLE, |last| now - last);
                    prop_assert!(IDLE <= waited && waited < IDLE + millis(40), "{waited:?}");
                    turn.done(now, false);
                    last = Some(now);
                }
            }
        }
    }

    #[test]
    fn it_stays_the_turn_of_what_has_more_to_do() {
        let now = Instant::now();
        let mut turn = Turn::new(now);
        turn.done(now, true);
        assert!(turn.has_come(now));
        turn.done(now, false);
        assert!(!turn.has_come(now + millis(249)) && turn.has_come(now + IDLE));
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut setback = Setback::default();
        let waits: Vec<Duration> = (0..8).map(|_| setback.next()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000].map(millis));
        assert!(setback.is_over() && !setback.is_over());
        assert_eq!(setback.next(), IDLE);
    }

    #[test]
    fn a_turn_that_fails_comes_again_later_and_later_until_it_is_done() {
        let mut now = Instant::now();
        let mut turn = Turn::new(now);
        for wait in [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000].map(millis) {
            turn.failed(now);
            assert!(!turn.has_come(now + wait - millis(1)) && turn.has_come(now + wait));
            now += wait;
        }
        turn.done(now, false);
        turn.failed(now);
        assert!(turn.has_come(now + IDLE));
    }
}
