//! What a generation wants to have on disk.

use std::path::PathBuf;

/// One file that a generation makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Relative to the target folder, such as `server/api/src/generated/types.rs`.
    pub path: PathBuf,
    /// The whole file.
    pub contents: String,
    /// Who may change it afterwards.
    pub ownership: Ownership,
}

/// Who may change a file after it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Made anew at every run. Everything else in a folder called `generated` is stale.
    Generated,
    /// Written once, where there is no file yet; then it belongs to people.
    Scaffold,
}

impl Output {
    /// A file that every run makes anew.
    pub fn generated(path: impl Into<PathBuf>, contents: impl Into<String>) -> Self {
        Self { path: path.into(), contents: contents.into(), ownership: Ownership::Generated }
    }

    /// A file that is written only where there is none.
    pub fn scaffold(path: impl Into<PathBuf>, contents: impl Into<String>) -> Self {
        Self { path: path.into(), contents: contents.into(), ownership: Ownership::Scaffold }
    }
}
