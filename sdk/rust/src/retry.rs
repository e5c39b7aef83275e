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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> reqwest::Result<Response> {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        Ok(response.body(String::new()).unwrap().into())
    }

    #[test]
    fn the_pause_doubles_up_to_the_longest_and_half_of_it_is_random() {
        let policy = RetryPolicy { max_retries: 64, ..RetryPolicy::default() };
        for (retries, longest) in [(0, 200), (1, 400), (2, 800), (5, 6_400), (6, 10_000), (63, 10_000)] {
            for _ in 0..50 {
                let pause = policy.pause(retries, true, &answer(503, &[])).unwrap().as_millis();
                assert!((longest / 2..=longest).contains(&pause), "repetition {retries}: {pause} ms");
            }
        }
    }

    #[test]
    fn retry_after_in_seconds_is_the_pause() {
        let pause = RetryPolicy::default().pause(0, true, &answer(429, &[("retry-after", "7")]));
        assert_eq!(pause, Some(Duration::from_secs(7)));
    }

    #[test]
    fn retry_after_may_be_a_date() {
        let past = answer(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        let future = answer(503, &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]);
        assert_eq!(RetryPolicy::default().pause(0, true, &past), Some(Duration::ZERO));
        assert_eq!(RetryPolicy::default().pause(0, true, &future), None, "longer than anyone waits");
    }

    #[test]
    fn only_transient_answers_to_repeatable_requests_are_followed_by_another_try() {
        let policy = RetryPolicy::default();
        for status in [408, 429, 502, 503, 504] {
            assert!(policy.pause(0, true, &answer(status, &[])).is_some(), "{status}");
            assert!(policy.pause(0, false, &answer(status, &[])).is_none(), "{status}");
        }
        for status in [200, 201, 204, 400, 401, 404, 409, 500, 501] {
            assert!(policy.pause(0, true, &answer(status, &[])).is_none(), "{status}");
        }
        assert!(policy.pause(3, true, &answer(503, &[])).is_none(), "repetitions run out");
        assert!(RetryPolicy::never().pause(0, true, &answer(503, &[])).is_none());
    }
}
