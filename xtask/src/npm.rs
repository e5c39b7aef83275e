//! npm packages of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// A package whose dependencies are not those of its lock file.
#[derive(Debug)]
pub struct Outdated {
    installed: PathBuf,
    wanted: Vec<u8>,
}

/// Whether a package's dependencies have to be installed: they were not since the lock file changed.
pub fn outdated(package: &Path) -> Result<Option<Outdated>, Failure> {
    let lock = package.join("package-lock.json");
    let installed = package.join("node_modules/.installed-package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|error| Failure::io("read", &lock, &error))?;
    let there = std::fs::read(&installed).is_ok_and(|there| there == wanted);
    Ok((!there).then_some(Outdated { installed, wanted }))
}

impl Outdated {
    /// Remembers that the dependencies are now those of the lock file.
    pub fn installed(self) -> Result<(), Failure> {
        std::fs::write(&self.installed, self.wanted).map_err(|error| Failure::io("write", &self.installed, &error))
    }
}

/// npm, run in a package.
pub fn command(package: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(package);
    command
}

/// Installs the dependencies that the lock file names.
pub fn install(package: &Path) -> Command {
    command(package, &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
}
