//! Data that a service has initialised and let go of, to be copied for each trial: that is faster than to start from nothing.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::prove::service::{self, Service, Settings};

/// A folder that holds what a service makes on its first start. Nothing that is true for a moment only is in it: each
/// trial is seeded by itself.
pub struct Template(Arc<TempDir>);

impl Template {
    /// Starts a service on a fresh folder, and stops it when it is ready.
    pub fn make(settings: &Settings, root: &Path) -> Result<Self, Failure> {
        let data = Arc::new(service::folder()?);
        let unseeded = Settings { seed: None, variables: std::collections::BTreeMap::new(), ..settings.clone() };
        drop(Service::start_on(&unseeded, root, Arc::clone(&data), &[])?);
        Ok(Self(data))
    }

    /// A copy of it.
    pub fn copy(&self) -> Result<TempDir, Failure> {
        let copy = service::folder()?;
        for entry in WalkDir::new(self.0.path()).min_depth(1) {
            let entry = entry.map_err(|error| Failure::io("read", self.0.path(), &error.into()))?;
            let relative = entry.path().strip_prefix(self.0.path()).unwrap_or(entry.path());
            let target = copy.path().join(relative);
            copy_entry(&entry, &target).map_err(|error| Failure::io("copy", entry.path(), &error))?;
        }
        Ok(copy)
    }
}

/// Folders, files and links with their permissions and owners. What a process has left in the file system to talk by is
/// not data.
fn copy_entry(entry: &walkdir::DirEntry, target: &Path) -> std::io::Result<()> {
    let kind = entry.file_type();
    if kind.is_dir() {
        fs::create_dir(target)?;
        fs::set_permissions(target, entry.metadata()?.permissions())?;
    } else if kind.is_file() {
        fs::copy(entry.path(), target)?;
    } else if kind.is_symlink() {
        link(&fs::read_link(entry.path())?, target)?;
        return Ok(());
    } else {
        return Ok(());
    }
    own(&entry.metadata()?, target)
}

#[cfg(unix)]
fn link(original: &Path, target: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, target)
}

#[cfg(not(unix))]
fn link(original: &Path, target: &Path) -> std::io::Result<()> {
    fs::copy(original, target).map(drop)
}

/// A service may keep its data as another account, which goes on to own the copy.
#[cfg(unix)]
fn own(of: &fs::Metadata, target: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let now = fs::metadata(target)?;
    if (now.uid(), now.gid()) == (of.uid(), of.gid()) {
        return Ok(());
    }
    std::os::unix::fs::chown(target, Some(of.uid()), Some(of.gid()))
}

#[cfg(not(unix))]
fn own(_of: &fs::Metadata, _target: &Path) -> std::io::Result<()> {
    Ok(())
}
