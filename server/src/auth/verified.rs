//! Tokens that were verified a moment ago. A client sends the same token with every request; looking at its signature and
//! its claims once in a while is enough.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::Identity;

/// How long a token is taken without another look.
const TRUSTED: Duration = Duration::from_secs(30);
/// How many tokens are remembered. Who has more clients at once verifies some of their tokens more often.
const MOST: usize = 4096;

/// The identities that tokens have proved, by the hash of the token: tokens themselves are kept nowhere.
#[derive(Default)]
pub(super) struct Verified {
    by_hash: Mutex<HashMap<[u8; 32], Entry>>,
}

/// When a token is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds of the epoch.
    pub(super) seconds: u64,
    /// The generation of the key set: when it is read again, a key may have been withdrawn.
    pub(super) keys: u64,
}

struct Entry {
    identity: Identity,
    /// The first second in which the token is not valid any more.
    expires_at: u64,
    keys: u64,
    verified_at: Instant,
}

impl Entry {
    fn holds(&self, now: Moment) -> bool {
        now.seconds < self.expires_at && now.keys == self.keys && self.verified_at.elapsed() < TRUSTED
    }
}

impl Verified {
    /// The identity that a token has proved a moment ago, and still proves.
    pub(super) fn find(&self, token: &str, now: Moment) -> Option<Identity> {
        let hash = Sha256::digest(token);
        let entries = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(hash.as_slice()).filter(|entry| entry.holds(now)).map(|entry| entry.identity.clone())
    }

    /// Remembers that a token proves an identity. `now` is from before it was verified: if the keys have been read again
    /// since, it will be verified again.
    pub(super) fn remember(&self, token: &str, expires_at: u64, identity: &Identity, now: Moment) {
        let entry = Entry { identity: identity.clone(), expires_at, keys: now.keys, verified_at: Instant::now() };
        let mut entries = self.by_hash.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, entry| entry.holds(now));
            if entries.len() >= MOST {
                entries.clear();
            }
        }
        entries.insert(Sha256::digest(token).into(), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(user: &str) -> Identity {
        Identity { user: user.to_owned(), roles: ["admin".to_owned()].into() }
    }

    fn second(seconds: u64) -> Moment {
        Moment { seconds, keys: 1 }
    }

    #[test]
    fn a_token_proves_its_identity_until_it_expires() {
        let verified = Verified::default();
        assert_eq!(verified.find("a", second(10)), None);
        verified.remember("a", 20, &identity("a"), second(10));
        verified.remember("b", 30, &identity("b"), second(10));
        assert_eq!(verified.find("a", second(19)), Some(identity("a")));
        assert_eq!(verified.find("a", second(20)), None);
        assert_eq!(verified.find("b", second(20)), Some(identity("b")));
    }

    #[test]
    fn other_keys_make_every_token_prove_itself_again() {
        let verified = Verified::default();
        verified.remember("a", 20, &identity("a"), second(10));
        assert_eq!(verified.find("a", Moment { seconds: 10, keys: 2 }), None);
    }

    #[test]
    fn only_so_many_tokens_are_remembered() {
        let verified = Verified::default();
        for number in 0..3 * MOST {
            verified.remember(&number.to_string(), 20, &identity("a"), second(10));
            assert!(verified.by_hash.lock().unwrap().len() <= MOST);
        }
        assert_eq!(verified.find(&(3 * MOST - 1).to_string(), second(10)), Some(identity("a")));
    }

    #[test]
    fn expired_tokens_make_room_for_others() {
        let verified = Verified::default();
        verified.remember("lives", 20, &identity("a"), second(10));
        for number in 1..MOST {
            verified.remember(&number.to_string(), 10, &identity("a"), second(10));
        }
        verified.remember("another", 20, &identity("a"), second(11));
        assert_eq!(verified.by_hash.lock().unwrap().len(), 2);
        assert!(verified.find("lives", second(11)).is_some());
    }
}
