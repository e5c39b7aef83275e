//! A folder of things that are complete or not there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::environment;
use crate::emit::EmitError;

const PARTIAL: &str = ".partial-";
/// What a killed run left is swept after this time; a run that takes longer is not slow but dead.
const PARTIAL_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The entry `name` of the cache. It is made by `fill` in an empty folder, and moved into its place when it is
/// complete; an entry that `is_intact` refuses is made again.
///
/// # Errors
/// If the cache cannot be written, or what `fill` says.
pub fn entry(
    cache: &Path,
    name: &str,
    is_intact: impl Fn(&Path) -> bool,
    fill: impl FnOnce(&Path) -> Result<(), EmitError>,
) -> Result<PathBuf, EmitError> {
    let place = cache.join(name);
    if is_intact(&place) {
        return Ok(place);
    }
    let unwritable = |error: io::Error| {
        environment(format!(
            "cannot write the cache folder {}: {error}; make it writable or set CONTRACT_CACHE_DIR",
            cache.display()
        ))
    };
    fs::create_dir_all(cache).map_err(unwritable)?;
    sweep(cache);
    let partial = TempDir::with_prefix_in(PARTIAL, cache).map_err(unwritable)?;
    fill(partial.path())?;
    if is_intact(&place) {
        // Another process was faster, and may be reading there already.
        return Ok(place);
    }
    if place.exists() {
        // Moved aside first, so that no moment has a half-removed entry in this place.
        let aside = TempDir::with_prefix_in(PARTIAL, cache).map_err(unwritable)?;
        fs::rename(&place, aside.path().join("old")).map_err(unwritable)?;
    }
    match fs::rename(partial.path(), &place) {
        Ok(()) => Ok(place),
        Err(_) if is_intact(&place) => Ok(place),
        Err(error) => Err(unwritable(error)),
    }
}

/// Removes what killed runs left. Failing to is no failure of this run.
fn sweep(cache: &Path) {
    let now = SystemTime::now();
    let Ok(entries) = fs::read_dir(cache) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PARTIAL)) {
        let age = entry.metadata().and_then(|data| data.modified()).map(|time| now.duration_since(time));
        if matches!(age, Ok(Ok(age)) if age > PARTIAL_LIFETIME) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
