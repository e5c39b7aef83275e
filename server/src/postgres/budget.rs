//! The time that all database work of one request may take together, however often it asks. What lies between, such as
//! bytes that arrive from the client, costs nothing of it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::DomainError;

/// What a request has left. Clones share it.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Mutex<Duration>>);

impl Budget {
    /// A budget that nothing was spent of.
    pub fn new(whole: Duration) -> Self {
        Self(Arc::new(Mutex::new(whole)))
    }

    /// Starts to spend it.
    ///
    /// # Errors
    /// [`DomainError::Unavailable`] when nothing is left.
    pub fn spend(self) -> Result<Spending, DomainError> {
        let (start, left) = (Instant::now(), *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if left.is_zero() {
            return Err(DomainError::unavailable("the request has used up its time for the database"));
        }
        Ok(Spending { deadline: start + left, start, budget: self })
    }
}

/// Time that is being spent, until this is dropped.
#[derive(Debug)]
pub struct Spending {
    budget: Budget,
    start: Instant,
    deadline: Instant,
}

impl Spending {
    /// When nothing will be left.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Drop for Spending {
    fn drop(&mut self) {
        let mut left = self.budget.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(self.start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone_for_all_that_share_it_and_time_in_between_is_not() {
        let budget = Budget::new(Duration::from_secs(3));
        for left in [2, 1] {
            let mut spending = budget.clone().spend().unwrap();
            spending.start -= Duration::from_secs(1);
            drop(spending);
            let now = budget.0.lock().unwrap().as_millis();
            assert!((left * 1000 - 100..=left * 1000).contains(&now), "{now} ms are left");
        }
        let mut last = budget.clone().spend().unwrap();
        assert!(last.deadline() <= Instant::now() + Duration::from_secs(1));
        last.start -= Duration::from_secs(60);
        drop(last);
        assert!(matches!(budget.spend(), Err(DomainError::Unavailable(_))));
    }
}
