//! Writing a plan: all of it, or nothing.
//!
//! New contents are staged in one folder on the same file system, then renamed into place; what they replace is kept
//! there until the last rename, so that a failure in the middle puts everything back. An interrupt waits for the few
//! milliseconds that the renames take. Nothing protects from `kill -9` between two renames; the next run finishes the work
//! and clears away the staging folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::plan::{Action, Change, Plan};
use crate::failure::Failure;

/// Staging folders begin with this; they lie in the target folder for as long as a run writes.
const STAGING: &str = ".generate-sdk-";

/// Held while files are renamed. The interrupt handler takes it before it ends the process.
static WRITING: Mutex<()> = Mutex::new(());

/// Lets an interrupt (Ctrl-C, SIGTERM) end the process only while no file is being written.
pub fn finish_writing_before_interrupts() {
    let handler = || {
        let _writing = WRITING.lock();
        // 128 + SIGINT, what shells expect of an interrupted command.
        std::process::exit(130);
    };
    // A second handler in one process is refused; the first does the same.
    drop(ctrlc::set_handler(handler));
}

/// Makes the changes of a plan below `root`, or leaves everything as it was.
pub fn commit(root: &Path, plan: &Plan) -> Result<(), Failure> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let _writing = WRITING.lock();
    let mut root_folder = Undo::default();
    root_folder.create_folders(root)?;
    let _lock = lock(root);
    remove_abandoned_staging(root);
    let staging = tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(root)
        .map_err(|error| Failure::io("write below", root, &error))?;
    // Declared after the staging folder and thus dropped before it, while that still holds what was replaced.
    let mut files = Undo::default();
    for (number, change) in plan.changes.iter().enumerate() {
        stage(root, staging.path(), number, change, &mut files)?;
    }
    for (number, change) in plan.changes.iter().enumerate() {
        apply(root, staging.path(), number, change, &mut files)?;
    }
    files.keep();
    root_folder.keep();
    remove_empty_folders(root, plan);
    Ok(())
}

/// Two runs for one folder wait for each other. Where a folder cannot be opened or locked, they do not.
fn lock(root: &Path) -> Option<fs::File> {
    let folder = fs::File::open(root).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// What a killed run left behind. Called under the lock, so no living run owns it.
fn remove_abandoned_staging(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(STAGING)) {
        // If it cannot be removed it is in nobody's way.
        drop(fs::remove_dir_all(entry.path()));
    }
}

fn staged(staging: &Path, number: usize) -> PathBuf {
    staging.join(format!("{number}.new"))
}

fn kept(staging: &Path, number: usize) -> PathBuf {
    staging.join(format!("{number}.old"))
}

fn stage(root: &Path, staging: &Path, number: usize, change: &Change, undo: &mut Undo) -> Result<(), Failure> {
    let target = root.join(&change.path);
    if let Action::Create(contents) | Action::Replace(contents) = &change.action {
        let staged = staged(staging, number);
        fs::write(&staged, contents).map_err(|error| Failure::io("write", &staged, &error))?;
        undo.create_folders(target.parent().unwrap_or(root))?;
    }
    if !matches!(change.action, Action::Create(_)) {
        let kept = kept(staging, number);
        // A link costs nothing and leaves the original in place; some file systems have none.
        fs::hard_link(&target, &kept)
            .or_else(|_| fs::copy(&target, &kept).map(drop))
            .map_err(|error| Failure::io("read", &target, &error))?;
    }
    Ok(())
}

fn apply(root: &Path, staging: &Path, number: usize, change: &Change, undo: &mut Undo) -> Result<(), Failure> {
    let target = root.join(&change.path);
    let (result, action) = match change.action {
        Action::Create(_) | Action::Replace(_) => (fs::rename(staged(staging, number), &target), "write"),
        Action::Remove => (fs::remove_file(&target), "remove"),
    };
    result.map_err(|error| Failure::io(action, &target, &error))?;
    undo.steps.push(match change.action {
        Action::Create(_) => Step::RemoveFile(target),
        Action::Replace(_) | Action::Remove => Step::Restore { kept: kept(staging, number), target },
    });
    Ok(())
}

/// Folders that held nothing but extra files.
fn remove_empty_folders(root: &Path, plan: &Plan) {
    for change in plan.changes.iter().filter(|change| change.action == Action::Remove) {
        for folder in change.path.ancestors().skip(1).take_while(|folder| !folder.as_os_str().is_empty()) {
            // A folder that is not empty refuses to go, and so do those above it.
            if fs::remove_dir(root.join(folder)).is_err() {
                break;
            }
        }
    }
}

/// How to get back to where a run began; done when this is dropped before [`Undo::keep`].
#[derive(Default)]
struct Undo {
    steps: Vec<Step>,
}

enum Step {
    RemoveFile(PathBuf),
    RemoveFolder(PathBuf),
    Restore { kept: PathBuf, target: PathBuf },
}

impl Undo {
    /// Creates a folder and those above it, and remembers which were not there.
    fn create_folders(&mut self, folder: &Path) -> Result<(), Failure> {
        let missing: Vec<_> =
            folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.exists()).map(Path::to_owned).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(&folder).map_err(|error| Failure::io("create the folder", &folder, &error))?;
            self.steps.push(Step::RemoveFolder(folder));
        }
        // `exists` says yes to a file that stands where a folder is wanted.
        if folder.is_dir() {
            Ok(())
        } else {
            Err(Failure::io("write below", folder, &io::ErrorKind::NotADirectory.into()))
        }
    }

    /// Everything went well: nothing is undone.
    fn keep(&mut self) {
        self.steps.clear();
    }
}

impl Drop for Undo {
    /// Undoes the steps, last first. What cannot be undone has no better place to be.
    fn drop(&mut self) {
        for step in self.steps.drain(..).rev() {
            drop(match step {
                Step::RemoveFile(path) => fs::remove_file(path),
                Step::RemoveFolder(path) => fs::remove_dir(path),
                Step::Restore { kept, target } => fs::rename(kept, target),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Output;

    fn tree(root: &Path) -> Vec<(PathBuf, String)> {
        let mut files: Vec<_> = walkdir::WalkDir::new(root)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.depth() > 0)
            .map(|e| (e.path().to_owned(), fs::read_to_string(e.path()).unwrap_or_else(|_| "<folder>".to_owned())))
            .collect();
        files.sort();
        files
    }

    fn change(path: &str, action: Action) -> Change {
        Change { path: path.into(), action }
    }

    #[test]
    fn a_failure_at_the_last_file_puts_everything_back() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.txt"), "old").unwrap();
        fs::write(root.path().join("gone.txt"), "kept").unwrap();
        fs::create_dir_all(root.path().join("z.txt/in-the-way")).unwrap();
        let before = tree(root.path());
        let plan = Plan {
            changes: vec![
                change("a.txt", Action::Replace("new".into())),
                change("gone.txt", Action::Remove),
                change("new/folder/b.txt", Action::Create("new".into())),
                change("z.txt", Action::Create("new".into())),
            ],
            unchanged: 0,
        };

        let failure = commit(root.path(), &plan).unwrap_err();

        assert_eq!(failure.cause, crate::failure::Cause::Environment);
        assert_eq!(tree(root.path()), before);
    }

    #[test]
    fn what_a_killed_run_left_behind_is_cleared_away() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".generate-sdk-x1y2z3")).unwrap();
        let plan = Plan::new(root.path(), vec![Output::generated("generated/a.txt", "a")]).unwrap();

        commit(root.path(), &plan).unwrap();

        let names: Vec<_> = tree(root.path()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(names, [root.path().join("generated"), root.path().join("generated/a.txt")]);
    }
}
