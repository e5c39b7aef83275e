//! Shows diagnostics.
