//! Watches folders and says which kind of source has changed.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify_debouncer_full::notify::{self, EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use super::Event;
use super::part::Change;
use crate::failure::{Failure, Problem};

/// Editors write a file in several steps; what changes within this time is one change.
const SETTLED: Duration = Duration::from_millis(100);

/// A folder or file whose changes are told.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Where it is.
    pub path: PathBuf,
    /// What a change of it is.
    pub change: Change,
}

/// Watches until it is dropped.
pub type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Sends [`Event::Changed`] whenever something below one of the paths changes.
pub fn start(watched: &[Watched], events: &Sender<Event>) -> Result<Watcher, Failure> {
    let (known, events) = (watched.to_vec(), events.clone());
    let tell = move |result: DebounceEventResult| {
        // An error is about something that is no longer there or cannot be read; the next change tells more.
        let happened = result.unwrap_or_default();
        let happened = happened.iter().filter(|event| !matches!(event.kind, EventKind::Access(_)));
        let paths = happened.flat_map(|event| &event.paths);
        for change in paths.filter_map(|path| change_of(path, &known)) {
            // Nobody listens any more when everything ends.
            drop(events.send(Event::Changed(change)));
        }
    };
    let mut watcher = new_debouncer(SETTLED, None, tell).map_err(|error| cannot_watch(Path::new("files"), &error))?;
    for Watched { path, .. } in watched {
        watcher.watch(path, RecursiveMode::Recursive).map_err(|error| cannot_watch(path, &error))?;
    }
    Ok(watcher)
}

fn change_of(path: &Path, watched: &[Watched]) -> Option<Change> {
    let watched = watched.iter().find(|watched| path.starts_with(&watched.path))?;
    let matters = match watched.change {
        Change::Contract => path.extension().is_none_or(|kind| ["http", "rest", "json"].iter().any(|k| kind == *k)),
        Change::Service | Change::Packages => true,
    };
    (matters && !is_scratch(path)).then_some(watched.change)
}

/// What editors put beside a file while it is open.
fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~')
}

fn cannot_watch(path: &Path, error: &notify::Error) -> Failure {
    let message = format!("cannot watch {}: {error}", path.display());
    Failure::environment(
        Problem::new("watch", message).help("check that it is there, or name another in [workspace.metadata.contract]"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_change_of_what_it_lies_in() {
        let watched = |path: &str, change| Watched { path: path.into(), change };
        let all = [
            watched("/w/__http__", Change::Contract),
            watched("/w/server/src", Change::Service),
            watched("/w/sdk/src", Change::Packages),
        ];
        let change = |path: &str| change_of(Path::new(path), &all);
        assert_eq!(change("/w/__http__/10-books.http"), Some(Change::Contract));
        assert_eq!(change("/w/__http__/bodies/book.json"), Some(Change::Contract));
        assert_eq!(change("/w/__http__/bodies"), Some(Change::Contract));
        assert_eq!(change("/w/server/src/main.rs"), Some(Change::Service));
        assert_eq!(change("/w/sdk/src/generated/client.ts"), Some(Change::Packages));
        assert_eq!(change("/w/__http__/README.md"), None);
        assert_eq!(change("/w/__http__/.10-books.http.swp"), None);
        assert_eq!(change("/w/server/src/main.rs~"), None);
        assert_eq!(change("/w/server/tests/all.rs"), None);
    }
}
