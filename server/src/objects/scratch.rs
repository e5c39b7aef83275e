//! A folder for files that are not finished. Every process has its own part of it, held by a lock, so that what a
//! crashed process left can be told from what a running one is working on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use uuid::Uuid;

/// This process's part of the scratch folder.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    lock_path: PathBuf,
    /// The lock is released when the process ends, however that happens.
    _lock: File,
}

impl Scratch {
    /// Takes a part of the folder, and removes the parts of processes that are gone.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        sweep(root)?;
        loop {
            let folder = root.join(Uuid::now_v7().to_string());
            let lock_path = lock_path(&folder);
            let lock = File::create_new(&lock_path)?;
            // A sweep that saw the file before it was locked has taken it away; then another is made.
            if lock.try_lock().is_ok() && is_still(&lock, &lock_path) {
                fs::create_dir(&folder)?;
                return Ok(Self { folder, lock_path, _lock: lock });
            }
        }
    }

    /// A new file. It is removed when it is dropped without having been moved elsewhere.
    pub fn file(&self) -> io::Result<NamedTempFile> {
        match self.new_file() {
            // Somebody has tidied up too thoroughly.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&self.folder)?;
                self.new_file()
            }
            file => file,
        }
    }

    /// Opened here, because the library's own way hides the system's code, by which a lack of descriptors is known.
    fn new_file(&self) -> io::Result<NamedTempFile> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true).mode(0o600);
        tempfile::Builder::new().make_in(&self.folder, |path| options.open(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is swept at the next start.
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn lock_path(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

/// Whether `path` still names the file that is open.
fn is_still(open: &File, path: &Path) -> bool {
    match (open.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Removes what processes left that do not hold their lock any more.
fn sweep(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "lock") {
            continue;
        }
        let Ok(lock) = File::open(&path) else { continue };
        if lock.try_lock().is_ok() {
            let folder = path.with_extension("");
            if folder.exists() {
                tracing::info!(folder = %folder.display(), "removing unfinished files of a process that is gone");
                fs::remove_dir_all(&folder)?;
            }
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
