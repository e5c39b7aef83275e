//! How many requests use the database, for work that gives way to them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

/// How long to wait for a moment without any request, before one with few will do.
const NONE_WITHIN: Duration = Duration::from_millis(5);

/// Counts the requests that hold a connection or wait for one.
#[derive(Debug)]
pub struct Traffic {
    requests: AtomicUsize,
    few: usize,
    fewer: Notify,
}

impl Traffic {
    /// No requests yet; up to so many are `few`.
    pub fn new(few: usize) -> Self {
        Self { requests: AtomicUsize::new(0), few, fewer: Notify::new() }
    }

    /// One more request, until the answer is dropped.
    pub fn enter(self: &Arc<Self>) -> Passage {
        self.requests.fetch_add(1, SeqCst);
        Passage(Arc::clone(self))
    }

    /// Waits for a moment without any request, which holds up nobody who is there; if none comes soon, for one with few.
    pub async fn light(&self) {
        if timeout(NONE_WITHIN, self.at_most(0)).await.is_err() {
            self.at_most(self.few).await;
        }
    }

    /// Woken by the request that ends, and not by a clock: on a busy machine, looking again every millisecond cost each request
    /// some microseconds. `requests` is none or few; nobody is woken for other numbers.
    async fn at_most(&self, requests: usize) {
        loop {
            // Before the look, so that none ends unseen in between.
            let fewer = self.fewer.notified();
            if self.requests.load(SeqCst) <= requests {
                return;
            }
            fewer.await;
        }
    }
}

/// A request while it uses the database.
#[derive(Debug)]
pub struct Passage(Arc<Traffic>);

impl Drop for Passage {
    fn drop(&mut self) {
        let left = self.0.requests.fetch_sub(1, SeqCst) - 1;
        // Only what somebody may wait for: to be woken in vain costs a request as well.
        if left == 0 || left == self.0.few {
            self.0.fewer.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn who_waits_for_fewer_requests_goes_on_when_enough_have_ended() {
        let traffic = Arc::new(Traffic::new(1));
        traffic.light().await;
        let mut requests: Vec<Passage> = (0..3).map(|_| traffic.enter()).collect();
        for most in [1, 0] {
            let waiting = tokio::spawn({
                let traffic = Arc::clone(&traffic);
                async move { traffic.at_most(most).await }
            });
            while requests.len() > most {
                tokio::task::yield_now().await;
                assert!(!waiting.is_finished() && traffic.at_most(most).now_or_never().is_none());
                requests.pop();
            }
            waiting.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_moment_with_few_requests_will_do_when_none_comes_without() {
        let traffic = Arc::new(Traffic::new(1));
        let _one = traffic.enter();
        assert!(traffic.light().now_or_never().is_none());
        let begun = Instant::now();
        traffic.light().await;
        assert!(begun.elapsed() >= NONE_WITHIN);
    }
}
