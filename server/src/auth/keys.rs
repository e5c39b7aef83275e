//! A JSON Web Key Set from a file or a URL: cached, and read again when a token names a key that is not in it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard};

use super::Refusal;

/// The least time between two reads, so that tokens with invented key ids cannot make us call the issuer at will. The
/// first token with an unknown key does not wait for it: a key may have been replaced just after the start.
const MIN_INTERVAL: Duration = Duration::from_secs(10);
/// The same while no keys are known and every token waits for them.
const MIN_INTERVAL_WITHOUT_KEYS: Duration = Duration::from_secs(1);
/// After this time the set is read again even if every key id is known, so that a withdrawn key stops being accepted.
const MAX_AGE: Duration = Duration::from_secs(600);
/// The longest wait for the issuer.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// The largest set that is read.
const MAX_BYTES: usize = 1024 * 1024;

/// Where a key set stands.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// On this machine.
    File(PathBuf),
    /// At the issuer.
    Url(String),
}

impl KeySource {
    /// The source that the setting `jwks` names.
    pub fn of(place: &str) -> Self {
        match place.starts_with("http://") || place.starts_with("https://") {
            true => Self::Url(place.to_owned()),
            false => Self::File(place.into()),
        }
    }
}

/// A public key that can check signatures of one algorithm.
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

struct Snapshot {
    keys: Vec<Key>,
    read_at: Instant,
}

/// The keys as they were last read.
pub struct KeySet {
    source: KeySource,
    client: reqwest::Client,
    min_interval: Duration,
    max_age: Duration,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    generation: AtomicU64,
    last_attempt: Mutex<Option<Instant>>,
}

impl KeySet {
    /// Reads a key set for the first time. A file must be there; an issuer may come later.
    pub async fn open(source: KeySource) -> Result<Self, String> {
        Self::open_with(source, MIN_INTERVAL, MAX_AGE).await
    }

    pub(super) async fn open_with(
        source: KeySource,
        min_interval: Duration,
        max_age: Duration,
    ) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()
            .map_err(|error| format!("jwks: {error}"))?;
        let snapshot = RwLock::new(None);
        let last_attempt = Mutex::new(None);
        let generation = AtomicU64::new(0);
        let set = Self { source, client, min_interval, max_age, snapshot, generation, last_attempt };
        match (set.read().await, &set.source) {
            (Ok(keys), _) => set.replace(keys),
            (Err(error), KeySource::File(_)) => return Err(format!("jwks: {error}")),
            (Err(error), KeySource::Url(_)) => tracing::warn!(%error, "the key set cannot be fetched yet"),
        }
        Ok(set)
    }

    /// The key for a token.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Refusal> {
        let snapshot = self.current();
        let fresh = snapshot.as_ref().is_some_and(|snapshot| snapshot.read_at.elapsed() < self.max_age);
        let known = snapshot.as_ref().and_then(|snapshot| snapshot.find(id, algorithm));
        match known {
            Some(key) if fresh => Ok(key),
            // One request looks whether the key was withdrawn; the others go on with it meanwhile.
            Some(key) => match self.last_attempt.try_lock() {
                // It stays in the set when that cannot be read.
                Ok(last_attempt) => {
                    self.refreshed(last_attempt, id, algorithm).await.ok_or(Refusal::Invalid("its key is unknown"))
                }
                Err(_) => Ok(key),
            },
            None => match self.refreshed(self.last_attempt.lock().await, id, algorithm).await {
                Some(key) => Ok(key),
                None if self.current().is_none() => Err(Refusal::KeysUnavailable),
                None => Err(Refusal::Invalid("its key is unknown")),
            },
        }
    }

    /// Reads the set again unless that was just done, then looks the key up.
    async fn refreshed(
        &self,
        mut last_attempt: MutexGuard<'_, Option<Instant>>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Option<DecodingKey> {
        let interval = match self.current() {
            Some(_) => self.min_interval,
            None => self.min_interval.min(MIN_INTERVAL_WITHOUT_KEYS),
        };
        if last_attempt.is_none_or(|attempt| attempt.elapsed() >= interval) {
            match self.read().await {
                Ok(keys) => self.replace(keys),
                Err(error) => tracing::warn!(%error, "the key set cannot be read; the keys already known stay in use"),
            }
            *last_attempt = Some(Instant::now());
        }
        drop(last_attempt);
        self.current().and_then(|snapshot| snapshot.find(id, algorithm))
    }

    fn current(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often the set was read: what was verified with an earlier one must be verified again.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn replace(&self, keys: Vec<Key>) {
        let snapshot = Arc::new(Snapshot { keys, read_at: Instant::now() });
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
        self.generation.fetch_add(1, Ordering::Release);
    }

    async fn read(&self) -> Result<Vec<Key>, String> {
        let bytes = match &self.source {
            KeySource::File(path) => {
                tokio::fs::read(path).await.map_err(|error| format!("{}: {error}", path.display()))?
            }
            KeySource::Url(url) => self.fetch(url).await.map_err(|error| error.without_url().to_string())?,
        };
        parse(&bytes)
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, reqwest::Error> {
        let mut response = self.client.get(url).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                // What is cut off is no JSON any more, and is reported as such.
                break;
            }
        }
        Ok(bytes)
    }
}

impl Snapshot {
    /// By id; a token without id is checked with the only key of its algorithm.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)).map(|key| key.key.clone()),
            None => fitting.next().filter(|_| fitting.next().is_none()).map(|key| key.key.clone()),
        }
    }
}

/// Reads the keys that we can use; others in the same set are not an error (RFC 7517, 5).
fn parse(bytes: &[u8]) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(bytes).map_err(|_| "not a JSON Web Key Set".to_owned())?;
    Ok(set.keys.into_iter().filter_map(|key| usable(&serde_json::from_value(key).ok()?)).collect())
}

fn usable(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        // A symmetric key in a public set would let everybody who reads it sign tokens.
        _ => return None,
    };
    let for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let declared = jwk.common.key_algorithm.map(|declared| declared.to_string());
    if !for_signatures || declared.is_some_and(|declared| declared != format!("{algorithm:?}")) {
        return None;
    }
    Some(Key { id: jwk.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
}
