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
pub(crate) use rules::MIN_SECRET_BYTES;
pub use secret::Secret;
pub use settings::{Setting, Settings};
pub use value::{LogFormat, Origin};

use layers::{Layers, Mistakes};

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
    let mut mistakes = Mistakes::default();
    let layers = Layers::new(file, environment, flags, &mut mistakes);
    let settings = Settings::read(&layers, &mut mistakes);
    if let Some(settings) = &settings {
        rules::check(settings, &mut mistakes);
    }
    match settings {
        Some(settings) if mistakes.problems.is_empty() => Ok(settings),
        _ => Err(mistakes.problems),
    }
}
