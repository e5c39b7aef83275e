//! When activity extends a session, and until when.

use chrono::{DateTime, TimeDelta, Utc};

/// The settings of the extension rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionPolicy {
    /// A session that ends within this time is due (`SESSION_EXTENSION_THRESHOLD_MINUTES`).
    pub threshold: TimeDelta,
    /// How long an extended session lives from now on (`SESSION_EXTENSION_TTL_MINUTES`).
    pub ttl: TimeDelta,
    /// No session lives longer than this, however active its client is (`MAX_SESSION_LIFETIME_HOURS`).
    pub max_lifetime: TimeDelta,
}

impl Default for ExtensionPolicy {
    fn default() -> Self {
        Self { threshold: TimeDelta::minutes(10), ttl: TimeDelta::minutes(30), max_lifetime: TimeDelta::hours(24) }
    }
}

/// A session's end, moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// When the session would have ended.
    pub old_expires_at: DateTime<Utc>,
    /// When it ends now.
    pub new_expires_at: DateTime<Utc>,
}

/// The rule at one moment, cut into the values that the one atomic statement of the store compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionWindow {
    /// The moment.
    pub now: DateTime<Utc>,
    /// A session that ends no later than this is due.
    pub due_until: DateTime<Utc>,
    /// Where its end moves to, unless its cap comes first.
    pub proposed: DateTime<Utc>,
    /// The cap, counted from the session's creation.
    pub max_lifetime: TimeDelta,
}

impl ExtensionPolicy {
    /// The rule at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> ExtensionWindow {
        ExtensionWindow {
            now,
            due_until: now + self.threshold,
            proposed: now + self.ttl,
            max_lifetime: self.max_lifetime,
        }
    }

    /// When somebody who sends bytes must look after a session again that ends at `expires_at`: half-way through the time
    /// in which it is due, which asks for little and leaves room for another try. When an extension brings nothing any
    /// more, there is nothing to do before its end.
    pub fn next_look(&self, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> DateTime<Utc> {
        let half_way = expires_at - self.threshold / 2;
        if half_way > now { half_way } else { expires_at }
    }

    /// The latest end that activity can reach.
    pub fn cap(&self, created_at: DateTime<Utc>) -> DateTime<Utc> {
        created_at + self.max_lifetime
    }
}

impl ExtensionWindow {
    /// The extension that activity brings to an active session, if any: only to one that is alive and due, never past
    /// its cap, and never to an end that is no later than the present one.
    pub fn extend(&self, created_at: DateTime<Utc>, expires_at: DateTime<Utc>) -> Option<Extension> {
        let alive = self.now < expires_at;
        let due = expires_at <= self.due_until;
        let new_expires_at = self.proposed.min(created_at + self.max_lifetime);
        (alive && due && new_expires_at > expires_at)
            .then_some(Extension { old_expires_at: expires_at, new_expires_at })
    }
}
