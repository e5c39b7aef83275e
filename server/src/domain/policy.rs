//! The settings that decide what sessions may do.

use chrono::TimeDelta;

use super::extension::ExtensionPolicy;

/// The settings that decide what sessions may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a session lives when nothing extends it.
    pub session_ttl: TimeDelta,
    /// When and how far activity extends it.
    pub extension: ExtensionPolicy,
    /// The largest file that the server takes, in bytes.
    pub max_file_size: i64,
}

impl Policy {
    /// The life time that a session starts with; the cap holds for it as well.
    pub fn first_lifetime(&self) -> TimeDelta {
        self.session_ttl.min(self.extension.max_lifetime)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            session_ttl: TimeDelta::minutes(30),
            extension: ExtensionPolicy::default(),
            max_file_size: 5_497_558_138_880,
        }
    }
}
