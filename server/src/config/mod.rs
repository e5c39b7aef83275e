//! Configuration: what the server can be told, where that may stand, and everything that is wrong with it at once.

mod layers;
mod rules;
mod secret;
mod settings;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

pub use layers::Problem;
pub use secret::Secret;
pub use settings::{Setting, Settings};
pub use value::{LogFormat, Origin};

use layers::Layers;

/// Reads the settings, or says everything that is wrong with them.
///
/// # Errors
///
/// All mistakes of all layers.
pub fn load(
    file: Option<&Path>,
    environment: &dyn Fn(&str) -> Option<OsString>,
    flags: BTreeMap<&'static str, String>,
) -> Result<Settings, Vec<Problem>> {
    let mut problems = Vec::new();
    let layers = Layers::new(file, environment, flags, &mut problems);
    let settings = Settings::read(&layers, &mut problems);
    if let Some(settings) = &settings {
        rules::check(settings, &mut problems);
    }
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(problems),
    }
}
