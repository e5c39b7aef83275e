//! When the worker does what: batches as small as can be, other work at its intervals, and longer and longer waits while
//! something fails.

use std::time::Duration;

use tokio::time::Instant;

/// How many events are moved, or removed, at once at most.
pub const BATCH: i64 = 2000;
/// How many events are moved, or recorded, at once while they come in steadily: a request that shares a processor with a batch
/// waits for it, and hardly notices so short a one. Less short are those from memory, which are the faster the more are in one.
pub const GENTLY_MOVED: u32 = 25;
pub const GENTLY_RECORDED: u32 = 100;
/// The same while requests keep the database busy: then it counts what an event costs, and large batches cost less.
const THRIFTY: u32 = 1000;
/// How long the worker rests when there is nothing to do.
const IDLE: Duration = Duration::from_millis(250);
/// How long it rests at least, unless more waits than can be moved at once.
const SHORTEST_REST: Duration = Duration::from_millis(5);
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

/// How many events to move at once: fewer after each failure, so that neither one event that cannot be moved nor too little
/// time for many of them holds up all others; and more again after each success.
pub struct Portion(i64);

impl Portion {
    pub fn new() -> Self {
        Self(BATCH)
    }

    pub fn size(&self) -> i64 {
        self.0
    }

    pub fn worked(&mut self) {
        self.0 = BATCH.min(self.0 * 2);
    }

    pub fn failed(&mut self) {
        self.0 = 1.max(self.0 / 2);
    }
}

/// How long to rest between batches of events.
pub struct Rest {
    time: Duration,
    /// How many events are wanted in a batch, unless requests are busy.
    gentle: u32,
}

impl Rest {
    pub fn new(gentle: u32) -> Self {
        Self { time: IDLE, gentle }
    }

    /// A rest after which there are about as many events as are to be moved at once, if they go on coming as they did. It
    /// gets longer by degrees: requests that are busy for a moment only are to meet no large batch after it.
    pub fn after(&mut self, moved: i64, busy: bool) -> Duration {
        let wanted = if busy { THRIFTY } else { self.gentle };
        let moved = u32::try_from(moved).unwrap_or(u32::MAX).max(1);
        self.time = (self.time * wanted / moved).min(self.time * 2).clamp(SHORTEST_REST, IDLE);
        self.time
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
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// The rest that a rate of events a second leads to, and how many events come in it.
    fn settled(a_second: i64, busy: bool) -> (Duration, i64) {
        let mut rest = Rest::new(GENTLY_MOVED);
        let mut moved = 0;
        for _ in 0..20 {
            let time = rest.after(moved, busy);
            moved = a_second * i64::try_from(time.as_micros()).unwrap() / 1_000_000;
        }
        (rest.time, moved)
    }

    #[test]
    fn batches_are_small_while_events_come_steadily_and_larger_while_requests_are_busy() {
        assert_eq!(settled(1000, false), (millis(25), 25));
        assert_eq!(settled(1000, true), (millis(250), 250));
        assert_eq!(settled(5000, false), (millis(5), 25));
        assert_eq!(settled(5000, true), (millis(200), 1000));
        // Rests do not get shorter than this, so batches grow.
        assert_eq!(settled(20_000, false), (millis(5), 100));
    }

    #[test]
    fn portions_get_smaller_down_to_one_event_and_larger_again() {
        let mut portion = Portion::new();
        let mut sizes = |step: fn(&mut Portion)| -> Vec<i64> {
            (0..12)
                .map(|_| {
                    step(&mut portion);
                    portion.size()
                })
                .collect()
        };
        assert_eq!(sizes(Portion::failed), [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]);
        assert_eq!(sizes(Portion::worked), [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, BATCH, BATCH]);
    }

    #[test]
    fn the_rest_gets_longer_by_degrees_and_shorter_at_once() {
        let mut rest = Rest::new(GENTLY_MOVED);
        assert_eq!(rest.after(BATCH, false), SHORTEST_REST);
        let longer: Vec<Duration> = (0..7).map(|_| rest.after(0, false)).collect();
        assert_eq!(longer, [10, 20, 40, 80, 160, 250, 250].map(millis));
        assert_eq!(rest.after(BATCH, false), SHORTEST_REST);
        // A moment in which requests are busy makes the next batch twice as large, and no more.
        assert_eq!(rest.after(25, true), millis(10));
        assert_eq!(rest.after(50, false), SHORTEST_REST);
    }

    proptest! {
        #[test]
        fn a_rest_is_never_shorter_or_longer_than_it_may_be(rounds: Vec<(i64, bool)>) {
            let mut rest = Rest::new(GENTLY_MOVED);
            for (moved, busy) in rounds {
                let time = rest.after(moved, busy);
                prop_assert!((SHORTEST_REST..=IDLE).contains(&time), "{time:?}");
            }
        }

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
