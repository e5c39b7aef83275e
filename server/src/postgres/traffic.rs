//! How many requests use the database, for work that gives way to them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use tokio::sync::Notify;

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

    /// Whether requests are few.
    pub fn is_light(&self) -> bool {
        self.requests.load(SeqCst) <= self.few
    }

    /// Waits until requests are few. Woken by the request that ends, and not by a clock: on a busy machine, looking again every
    /// millisecond cost each request some microseconds.
    pub async fn light(&self) {
        loop {
            // Before the look, so that none ends unseen in between.
            let fewer = self.fewer.notified();
            if self.is_light() {
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
        let before = self.0.requests.fetch_sub(1, SeqCst);
        if before <= self.0.few + 1 {
            self.0.fewer.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waits_for_few_requests_goes_on_when_enough_have_ended() {
        let traffic = Arc::new(Traffic::new(1));
        let mut requests = vec![traffic.enter()];
        traffic.light().await;
        requests.extend([traffic.enter(), traffic.enter()]);
        let waiting = tokio::spawn({
            let traffic = Arc::clone(&traffic);
            async move { traffic.light().await }
        });
        tokio::task::yield_now().await;
        requests.pop();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && traffic.light().now_or_never().is_none());
        requests.pop();
        waiting.await.unwrap();
    }
}
