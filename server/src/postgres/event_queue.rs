//! Events of rows that were added, on their way to the analytics.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};

use crate::domain::analytics::Event;

/// How many events may wait, in some 50 MB. Those that are too many are found by the next look at new rows.
const CAPACITY: usize = 200_000;

/// Events that wait, in the order in which they happened. Each is of a row that is committed.
#[derive(Debug, Default)]
pub struct EventQueue {
    waiting: Mutex<Waiting>,
    in_doubt: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    /// Those that somebody has in hand, and when the first of them happened.
    taken: usize,
    taken_since: Option<DateTime<Utc>>,
    /// Whether it was told that there is no room.
    full: bool,
}

impl Waiting {
    fn take(&mut self, limit: usize) -> Vec<Event> {
        let count = self.events.len().min(limit);
        let taken: Vec<Event> = self.events.drain(..count).collect();
        self.taken += count;
        let since = taken.first().map(|event| event.created_at);
        self.taken_since = self.taken_since.into_iter().chain(since).min();
        taken
    }

    fn give_up(&mut self, taken: usize) {
        self.taken -= taken;
        if self.taken == 0 {
            self.taken_since = None;
        }
    }
}

impl EventQueue {
    /// Adds an event.
    pub fn push(&self, event: Event) {
        let mut waiting = self.waiting();
        let full = waiting.events.len() >= CAPACITY;
        if full && !waiting.full {
            tracing::warn!(
                events = CAPACITY,
                "too many events of new rows wait; looks at the rows will find the others"
            );
        }
        waiting.full = full;
        if full {
            self.doubt();
        } else {
            waiting.events.push_back(event);
        }
    }

    /// An event may be missing that does not wait here. That is so when a statement was given up half-way or a connection
    /// broke: the row may be committed all the same, and of events that were inserted a moment ago, a crash of the database
    /// may have undone it.
    pub fn doubt(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }

    /// Whether there was a doubt since this was asked last.
    pub fn take_doubt(&self) -> bool {
        self.in_doubt.swap(false, Ordering::Relaxed)
    }

    /// Takes the first events, so many at most, which come back unless they are done with.
    pub fn take(&self, limit: usize) -> Batch<'_> {
        let events = self.waiting().take(limit);
        Batch { taken: events.len(), events, queue: self }
    }

    /// How many events wait or are in somebody's hand, and when the first of them happened.
    pub fn depth(&self) -> (usize, Option<DateTime<Utc>>) {
        let waiting = self.waiting();
        let first = waiting.events.front().map(|event| event.created_at);
        (waiting.events.len() + waiting.taken, waiting.taken_since.into_iter().chain(first).min())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that is done under the lock leaves the events half-changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events that were taken from the queue. Dropped before they are done with, they wait again: also when what was to be done
/// with them was given up half-way.
#[derive(Debug)]
pub struct Batch<'queue> {
    events: Vec<Event>,
    taken: usize,
    queue: &'queue EventQueue,
}

impl Batch<'_> {
    /// The events.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// They need not wait any more.
    pub fn done(mut self) {
        self.events.clear();
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut waiting = self.queue.waiting();
        waiting.give_up(self.taken);
        for event in self.events.drain(..).rev() {
            waiting.events.push_front(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        SessionId,
        analytics::{EventMetadata, EventType},
    };

    fn event(second: i64) -> Event {
        Event {
            id: Uuid::now_v7(),
            session: SessionId::generate(),
            event_type: EventType::SessionCreated,
            created_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(second),
            metadata: EventMetadata::default(),
        }
    }

    fn seconds(batch: &Batch<'_>) -> Vec<i64> {
        batch.events().iter().map(|event| event.created_at.timestamp()).collect()
    }

    #[test]
    fn events_that_are_not_done_with_wait_again_in_their_order() {
        let queue = EventQueue::default();
        (1..=4).for_each(|second| queue.push(event(second)));
        let batch = queue.take(3);
        assert_eq!(seconds(&batch), [1, 2, 3]);
        queue.push(event(5));
        assert_eq!(queue.depth(), (5, Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(1))));
        drop(batch);
        let batch = queue.take(2);
        assert_eq!(seconds(&batch), [1, 2]);
        batch.done();
        assert_eq!(queue.depth(), (3, Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(3))));
        assert_eq!(seconds(&queue.take(10)), [3, 4, 5]);
    }

    #[test]
    fn no_more_events_wait_than_there_is_room_for() {
        let queue = EventQueue::default();
        let one = event(1);
        (0..=CAPACITY).for_each(|_| queue.push(one.clone()));
        assert_eq!(queue.depth().0, CAPACITY);
        assert!(queue.take_doubt() && !queue.take_doubt());
        queue.take(CAPACITY).done();
        assert_eq!(queue.depth(), (0, None));
    }
}
