//! Foreign tools that a generation needs: found on this machine, or fetched, verified and kept in a cache.

pub mod cache;
pub mod hash;
pub mod java;
pub mod openapi_generator;
pub mod pinned;
pub mod schemathesis;
pub mod wheel;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::emit::EmitError;

/// Where tools are looked for and kept. A value and not the process's own environment, so that tests can have others.
#[derive(Clone, Debug)]
pub struct Toolbox {
    /// The folder of fetched tools and kept results.
    pub cache: PathBuf,
    /// `JAVA_HOME`, which goes before `PATH`.
    pub java_home: Option<PathBuf>,
    /// `PATH`.
    pub path: OsString,
}

impl Toolbox {
    /// What the environment of this process says: `CONTRACT_CACHE_DIR`, else `XDG_CACHE_HOME`, else the home folder.
    ///
    /// # Errors
    /// If there is neither a cache folder nor a home folder.
    pub fn from_environment() -> Result<Self, EmitError> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = set("CONTRACT_CACHE_DIR")
            .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("contract-tools")))
            .or_else(|| set("LOCALAPPDATA").map(|folder| folder.join("contract-tools")))
            .or_else(|| set("HOME").map(|folder| folder.join(".cache").join("contract-tools")))
            .ok_or_else(|| {
                environment("there is no home folder: set CONTRACT_CACHE_DIR to a folder for fetched tools")
            })?;
        Ok(Self { cache, java_home: set("JAVA_HOME"), path: env::var_os("PATH").unwrap_or_default() })
    }

    /// The first executable of this name on the `PATH`.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&self.path).map(|folder| folder.join(&file)).find(|path| is_executable(path))
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

pub(crate) fn environment(message: impl Into<String>) -> EmitError {
    EmitError::Environment { message: message.into() }
}
