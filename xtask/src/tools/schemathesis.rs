//! Schemathesis, which tests a service by its OpenAPI document with requests of its own making.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Toolbox, cache, hash, wheel};
use crate::emit::EmitError;

/// Every package that it needs, with version and hashes.
const REQUIREMENTS: &str = include_str!("../../tools/schemathesis/requirements.txt");

/// An installed Schemathesis.
#[derive(Clone, Debug)]
pub struct Schemathesis {
    python: PathBuf,
    packages: PathBuf,
}

impl Schemathesis {
    /// The one in the cache; it is fetched when it is not there.
    ///
    /// # Errors
    /// If there is no Python with pip, no network, or another package than expected.
    pub fn find(toolbox: &Toolbox) -> Result<Self, EmitError> {
        let python = wheel::python(toolbox, "Schemathesis", "leave out what needs it")?;
        let name = format!("schemathesis-{}", &hash::of_bytes(REQUIREMENTS.as_bytes())[..16]);
        let is_intact = |folder: &Path| program(folder).is_file();
        let packages = cache::entry(&toolbox.cache, &name, is_intact, |folder| install(&python, folder))?;
        Ok(Self { python, packages })
    }

    /// A command that runs it; packages of the user's own Python are not looked at.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(program(&self.packages)).env("PYTHONPATH", &self.packages).env("PYTHONNOUSERSITE", "1");
        command
    }
}

fn program(packages: &Path) -> PathBuf {
    packages.join("bin/st")
}

fn install(python: &Path, folder: &Path) -> Result<(), EmitError> {
    let failed = |error: std::io::Error| super::environment(format!("cannot install Schemathesis: {error}"));
    let lists = tempfile::tempdir().map_err(failed)?;
    let requirements = lists.path().join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(failed)?;
    wheel::run(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"])
            .args(["--require-hashes", "--only-binary=:all:", "--target"])
            .arg(folder)
            .arg("--requirement")
            .arg(&requirements),
        "cannot install Schemathesis by pip; check the network, or pip's index and proxy settings (`pip config list`)",
    )
}
