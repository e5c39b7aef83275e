//! Who may: bearer tokens (JSON Web Tokens) in, identities out.

mod claims;
mod development;
mod keys;
#[cfg(test)]
mod tests;
mod verified;

use std::collections::BTreeSet;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::Serialize;

use crate::config::{Secret, Settings};
use claims::Claims;
pub use keys::{KeySet, KeySource};
use verified::{Moment, Verified};

/// Who a request speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The token's subject.
    pub user: String,
    /// What the token lets its bearer do.
    pub roles: BTreeSet<String>,
}

/// Why a request speaks for nobody. The texts are for the client, so that none of them quotes the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no token.
    #[error("a bearer token is needed")]
    Missing,
    /// There is a token that is not accepted.
    #[error("the bearer token is not accepted: {0}")]
    Invalid(&'static str),
    /// Whether the token is good cannot be told at the moment.
    #[error("the keys that tokens are checked with cannot be fetched at the moment")]
    KeysUnavailable,
}

/// Seconds that the clock of an issuer may be ahead of ours.
const NOT_BEFORE_LEEWAY: u64 = 5;
/// The longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Checks tokens.
pub struct Authenticator {
    secret: Option<DecodingKey>,
    keys: Option<KeySet>,
    issuer: Option<String>,
    audience: Option<String>,
    verified: Verified,
}

impl Authenticator {
    /// An authenticator as configured; in development mode it makes its own secret in the data folder.
    ///
    /// # Errors
    ///
    /// In words, when the secret or the key set cannot be read.
    pub async fn new(settings: &Settings) -> Result<Self, String> {
        let keys = match &settings.jwks {
            Some(place) => Some(KeySet::open(KeySource::of(place)).await?),
            None => None,
        };
        let secret = signing_secret(settings)?.map(|secret| DecodingKey::from_secret(secret.expose().as_bytes()));
        let (issuer, audience) = (settings.jwt_issuer.clone(), settings.jwt_audience.clone());
        Ok(Self { secret, keys, issuer, audience, verified: Verified::default() })
    }

    /// The identity that an `Authorization` header proves.
    ///
    /// # Errors
    ///
    /// Why it proves none.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Identity, Refusal> {
        let token = bearer_token(authorization.ok_or(Refusal::Missing)?)?;
        let moment = Moment {
            seconds: jsonwebtoken::get_current_timestamp(),
            keys: self.keys.as_ref().map_or(0, KeySet::generation),
        };
        if let Some(identity) = self.verified.find(token, moment) {
            return Ok(identity);
        }
        let claims = self.verify(token).await?;
        let valid_until = claims.expires_at();
        let identity = claims.identity()?;
        self.verified.remember(token, valid_until, &identity, moment);
        Ok(identity)
    }

    /// The claims of a token whose signature and times are right.
    async fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::Invalid("it is no signed JSON Web Token"))?;
        if header.crit.is_some() {
            return Err(Refusal::Invalid("it names extensions that must be understood"));
        }
        let key = match (header.alg, &self.secret, &self.keys) {
            (Algorithm::HS256, Some(secret), _) => secret.clone(),
            (algorithm @ (Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA), _, Some(keys)) => {
                keys.find(header.kid.as_deref(), algorithm).await?
            }
            _ => return Err(Refusal::Invalid("its algorithm is not accepted")),
        };
        Ok(decode(token, &key, &self.validation(header.alg)).map_err(|error| refusal(&error))?.claims)
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = NOT_BEFORE_LEEWAY;
        // The leeway is for clocks that are ahead; it must not lengthen the life of a token, which ends with the second before
        // `exp` (RFC 7519, 4.1.4).
        validation.reject_tokens_expiring_in_less_than = NOT_BEFORE_LEEWAY + 1;
        validation.validate_nbf = true;
        validation.validate_aud = self.audience.is_some();
        let mut required = vec!["exp", "sub"];
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

/// The token of `Bearer …`; the scheme's name is case-insensitive (RFC 9110, 11.1).
fn bearer_token(authorization: &str) -> Result<&str, Refusal> {
    let (scheme, token) =
        authorization.split_once(' ').ok_or(Refusal::Invalid("the header is not `Bearer <token>`"))?;
    let token = token.trim_matches(' ');
    match scheme.eq_ignore_ascii_case("bearer") {
        true if token.len() > MAX_TOKEN_BYTES => Err(Refusal::Invalid("it is too long")),
        true => Ok(token),
        false => Err(Refusal::Invalid("the header is not `Bearer <token>`")),
    }
}

fn refusal(error: &jsonwebtoken::errors::Error) -> Refusal {
    use jsonwebtoken::errors::ErrorKind;
    Refusal::Invalid(match error.kind() {
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::InvalidIssuer => "it is from another issuer",
        ErrorKind::MissingRequiredClaim(_) => "a claim is missing; `sub` and `exp` are needed",
        ErrorKind::InvalidAlgorithm => "its algorithm is not accepted",
        _ => "it is malformed",
    })
}

/// The secret that HS256 tokens are signed with: the configured one, in development mode one made on first use, none
/// when only a key set is configured.
fn signing_secret(settings: &Settings) -> Result<Option<Secret>, String> {
    match &settings.jwt_secret {
        Some(secret) => Ok(Some(secret.clone())),
        None if settings.development() => development::secret(&settings.data_dir).map(Some),
        None => Ok(None),
    }
}

/// The claims of a token that is signed here.
#[derive(Serialize)]
struct IssuedClaims<'a> {
    sub: &'a str,
    iat: u64,
    exp: u64,
    roles: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// Signs a token for a user.
///
/// # Errors
///
/// In words, when there is no secret to sign with, or the user cannot be one.
pub fn issue(settings: &Settings, user: &str, admin: bool, ttl: Duration) -> Result<String, String> {
    signed(settings, user, admin, jsonwebtoken::get_current_timestamp(), ttl)
}

/// The same, for a token whose time has been over for an hour.
///
/// # Errors
///
/// As [`issue`].
pub fn issue_expired(settings: &Settings, user: &str, admin: bool, ttl: Duration) -> Result<String, String> {
    let issued = jsonwebtoken::get_current_timestamp().saturating_sub(ttl.as_secs() + 3600);
    signed(settings, user, admin, issued, ttl)
}

fn signed(settings: &Settings, user: &str, admin: bool, issued: u64, ttl: Duration) -> Result<String, String> {
    claims::check_subject(user).map_err(|refusal| refusal.to_string())?;
    let secret = signing_secret(settings)?.ok_or(
        "tokens are checked with the key set of `jwks`, so that only its owner can sign them; configure `jwt_secret` to \
         sign tokens here",
    )?;
    let claims = IssuedClaims {
        sub: user,
        iat: issued,
        exp: issued + ttl.as_secs(),
        roles: if admin { &["admin"] } else { &[] },
        iss: settings.jwt_issuer.as_deref(),
        aud: settings.jwt_audience.as_deref(),
    };
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.expose().as_bytes()))
        .map_err(|error| format!("cannot sign the token: {error}"))
}
