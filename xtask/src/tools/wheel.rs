//! Wheels from the Python package index, by pip: it knows the user's mirrors, proxies and certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pinned::Wheel;
use super::{Toolbox, environment};
use crate::emit::EmitError;

/// Downloads a wheel, verifies it against its hash and unpacks it into a folder.
///
/// # Errors
/// If there is no Python with pip, no network, or another wheel than expected.
pub fn unpack(toolbox: &Toolbox, wheel: &Wheel, folder: &Path) -> Result<(), EmitError> {
    let name = format!("{} {}", wheel.name, wheel.version);
    let python = python(toolbox, &name, "leave this target out with `--skip typescript`")?;
    let failed = |error: std::io::Error| environment(format!("cannot unpack {}: {error}", wheel.name));
    let download = tempfile::tempdir().map_err(failed)?;
    let requirements = download.path().join("requirements.txt");
    fs::write(&requirements, format!("{}=={} --hash=sha256:{}\n", wheel.name, wheel.version, wheel.sha256))
        .map_err(failed)?;
    run(
        Command::new(&python)
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"])
            .args(["--require-hashes", "--only-binary=:all:", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(download.path()),
        &format!(
            "cannot download {} {} by pip; check the network, or pip's index and proxy settings (`pip config list`)",
            wheel.name, wheel.version
        ),
    )?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let file = fs::read_dir(download.path())
        .map_err(failed)?
        .flatten()
        .map(|entry| entry.path())
        .find(is_wheel)
        .ok_or_else(|| environment(format!("pip downloaded no wheel of {}", wheel.name)))?;
    run(
        Command::new(&python).args(["-m", "zipfile", "-e"]).arg(&file).arg(folder),
        &format!("cannot unpack the wheel of {}", wheel.name),
    )
}

/// A Python that can fetch `what`; without one, `otherwise` can be done.
pub(super) fn python(toolbox: &Toolbox, what: &str, otherwise: &str) -> Result<PathBuf, EmitError> {
    let has_pip = |python: &PathBuf| {
        Command::new(python).args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success())
    };
    ["python3", "python"].iter().filter_map(|name| toolbox.find(name)).find(has_pip).ok_or_else(|| {
        environment(format!(
            "{what} has to be fetched, and there is no Python 3 with pip on the PATH to do it; install both \
             (`apt install python3-pip`, `brew install python`), or {otherwise}"
        ))
    })
}

/// Runs a command; its last words become part of the error.
pub(super) fn run(command: &mut Command, failure: &str) -> Result<(), EmitError> {
    let output = command.output().map_err(|error| environment(format!("{failure}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).rev().take(3).collect();
    Err(environment(format!("{failure}\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"))))
}
