//! How a service is run while it is worked on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// `[workspace.metadata.contract.dev]` of the root `Cargo.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Development {
    /// Folders and files, relative to the workspace, whose changes ask for a new build of the service.
    #[serde(default)]
    pub sources: Vec<PathBuf>,
    /// What the service is told by its environment, such as how to log for people.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}
