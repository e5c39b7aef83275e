//! When a request is sent again, and how long to wait before.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Request, Response, StatusCode};

/// Decides how often and after which pause a failed request is sent again.
///
/// Only what is safe is repeated: see [`RetryPolicy::default`] for the pauses, and the README for the conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent again, at most.
    pub max_retries: u32,
    /// The pause before the first repetition; it doubles with each further one.
    pub initial_backoff: Duration,
    /// The longest pause that doubling leads to.
    pub max_backoff: Duration,
    /// The longest `Retry-After` to wait for; with a longer one the answer is returned at once.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 3,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Nothing is sent twice.
    #[must_use]
    pub fn never() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }

    /// The pause before sending once more, or none when `result` is final.
    pub(crate) fn pause(&self, retries: u32, repeatable: bool, result: &reqwest::Result<Response>) -> Option<Duration> {
        if retries >= self.max_retries {
            return None;
        }
        match result {
            Err(error) if error.is_connect() => Some(self.backoff(retries)),
            Err(error) if repeatable && !error.is_builder() && !error.is_redirect() => Some(self.backoff(retries)),
            Ok(response) if repeatable && is_transient(response.status()) => match retry_after(response.headers()) {
                Some(pause) if pause > self.max_retry_after => None,
                Some(pause) => Some(pause),
                None => Some(self.backoff(retries)),
            },
            Ok(_) | Err(_) => None,
        }
    }

    /// Doubles with every repetition; half of it is random, so that clients that failed together do not return together.
    fn backoff(&self, retries: u32) -> Duration {
        let longest = self.initial_backoff.saturating_mul(2_u32.saturating_pow(retries)).min(self.max_backoff);
        longest.mul_f64(rand::random_range(0.5..=1.0))
    }
}

/// Whether sending the request twice has the effect of sending it once.
pub(crate) fn is_repeatable(request: &Request) -> bool {
    let idempotent = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE];
    idempotent.contains(request.method()) || request.headers().contains_key("idempotency-key")
}

fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
}

/// `Retry-After`, in seconds or as a date (RFC 9110).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    Some(date.signed_duration_since(chrono::Utc::now()).to_std().unwrap_or_default())
}
