//! The claims of a token, read leniently in form and strictly in content.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Identity, Refusal};

/// The most characters of a subject.
const MAX_SUBJECT_CHARACTERS: usize = 200;

/// What is read of a token. The library has checked `exp`, `nbf`, `iss` and `aud`.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    sub: String,
    /// Seconds of the epoch; some issuers write fractions. The library refuses tokens without it.
    exp: Option<f64>,
    #[serde(default)]
    roles: OneOrMany,
    #[serde(default)]
    role: OneOrMany,
    #[serde(default, rename = "cognito:groups")]
    cognito_groups: OneOrMany,
}

/// Issuers write a single role as a string or as a list.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_iter(self) -> std::vec::IntoIter<String> {
        match self {
            Self::None => vec![],
            Self::One(role) => vec![role],
            Self::Many(roles) => roles,
        }
        .into_iter()
    }
}

impl Claims {
    /// The last second of the epoch in which the token is valid.
    pub(super) fn expires_at(&self) -> u64 {
        // Such a conversion keeps to the bounds of the type, and none is too long.
        self.exp.map_or(0, |seconds| seconds as u64)
    }

    pub(super) fn identity(self) -> Result<Identity, Refusal> {
        check_subject(&self.sub)?;
        let roles: BTreeSet<_> =
            self.roles.into_iter().chain(self.role.into_iter()).chain(self.cognito_groups.into_iter()).collect();
        Ok(Identity { user: self.sub, roles })
    }
}

/// A subject becomes a user id in the database and in logs, where control characters do harm.
pub(super) fn check_subject(subject: &str) -> Result<(), Refusal> {
    if subject.is_empty() {
        return Err(Refusal::Invalid("its subject is empty"));
    }
    if subject.chars().count() > MAX_SUBJECT_CHARACTERS {
        return Err(Refusal::Invalid("its subject is longer than 200 characters"));
    }
    if subject.chars().any(char::is_control) {
        return Err(Refusal::Invalid("its subject has control characters"));
    }
    Ok(())
}
