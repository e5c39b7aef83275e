//! Ctrl-C and SIGTERM: what was started ends, what was written beside the workspace is removed, and the process ends as a
//! shell expects it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use tempfile::TempDir;

use super::running::Running;
use crate::failure::Failure;

/// What is to be ended and removed.
struct Kept {
    running: Vec<Weak<Running>>,
    folders: Vec<PathBuf>,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept { running: Vec::new(), folders: Vec::new() });
static HEEDED: Once = Once::new();

/// Does some work, and heeds the signals from its beginning. Once one has come, the work has no result any more.
pub fn heeding<T>(work: impl FnOnce() -> T) -> T {
    HEEDED.call_once(signals::heed);
    let done = work();
    hold();
    done
}

/// Goes on unless a signal has come: what is seen while everything ends is to be told to nobody.
pub fn hold() {
    drop(kept());
}

/// A fresh folder.
pub fn folder(prefix: &str) -> Result<TempDir, Failure> {
    let mut kept = kept();
    let folder = TempDir::with_prefix(prefix).map_err(|error| Failure::io("make", Path::new("a folder"), &error))?;
    kept.folders.retain(|folder| folder.exists());
    kept.folders.push(folder.path().to_owned());
    Ok(folder)
}

/// Keeps in mind what is started.
pub fn started(start: impl FnOnce() -> Result<Running, Failure>) -> Result<Arc<Running>, Failure> {
    let mut kept = kept();
    let running = Arc::new(start()?);
    kept.running.retain(|running| running.strong_count() > 0);
    kept.running.push(Arc::downgrade(&running));
    Ok(running)
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end(code: i32) -> ! {
    // Never let go: whoever would start or tell something waits until the process is gone.
    let kept = kept();
    kept.running.iter().filter_map(Weak::upgrade).for_each(|running| running.stop());
    for folder in &kept.folders {
        // It may be gone already.
        drop(std::fs::remove_dir_all(folder));
    }
    std::process::exit(code)
}

#[cfg(unix)]
mod signals {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    pub fn heed() {
        // Only signals that no process may heed are refused.
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || signals.forever().next().map(|signal| super::end(128 + signal)));
    }
}

#[cfg(not(unix))]
mod signals {
    pub fn heed() {
        // Only a second handler of one process is refused, and this is the first.
        drop(ctrlc::set_handler(|| super::end(130)));
    }
}
