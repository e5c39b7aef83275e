//! What has to change on disk so that it is what a generation wants. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::failure::{Failure, Problem};
use crate::{Output, Ownership};

/// Everything in a folder of this name is made by the generation.
const GENERATED_FOLDER: &str = "generated";
/// A folder that holds one of these is a package that exists.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "package.json"];

/// What a generation would do, in the order of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One entry for each file that is not as it should be.
    pub changes: Vec<Change>,
    /// How many files are as they should be.
    pub unchanged: usize,
}

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the target folder.
    pub path: PathBuf,
    /// What has to be done.
    pub action: Action,
}

/// What has to be done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// There is no such file; these are its contents.
    Create(String),
    /// It has other contents than these.
    Replace(String),
    /// The contract no longer asks for it.
    Remove,
}

impl Action {
    /// How a report names the state that asks for this action.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self {
            Self::Create(_) => "missing",
            Self::Replace(_) => "stale",
            Self::Remove => "extra",
        }
    }
}

impl Plan {
    /// Compares what is wanted with what is below `root`.
    pub fn new(root: &Path, outputs: Vec<Output>) -> Result<Self, Failure> {
        let wanted = by_path(outputs)?;
        let existing = existing_packages(root, &wanted);
        let mut plan = Self::default();
        for (path, output) in &wanted {
            if output.ownership == Ownership::Scaffold && existing.iter().any(|package| path.starts_with(package)) {
                continue;
            }
            match read(&root.join(path))? {
                None => plan.change(path, Action::Create(output.contents.clone())),
                Some(bytes) if output.ownership == Ownership::Scaffold || bytes == output.contents.as_bytes() => {
                    plan.unchanged += 1;
                }
                Some(_) => plan.change(path, Action::Replace(output.contents.clone())),
            }
        }
        for path in extra_files(root, &wanted)? {
            plan.change(&path, Action::Remove);
        }
        plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(plan)
    }

    fn change(&mut self, path: &Path, action: Action) {
        self.changes.push(Change { path: path.to_owned(), action });
    }
}

/// Outputs by path. Two outputs of one path, or one that leaves the target folder, would be a fault of an emitter.
fn by_path(outputs: Vec<Output>) -> Result<BTreeMap<PathBuf, Output>, Failure> {
    let mut wanted = BTreeMap::new();
    for output in outputs {
        let inside = output.path.components().all(|part| matches!(part, Component::Normal(_)));
        let path = output.path.clone();
        if !inside || wanted.insert(path.clone(), output).is_some() {
            let message = format!("the generator wants to write {} twice, or outside its folder", path.display());
            return Err(Failure::contract(
                Problem::new("output-clash", message).help("give the operation or schema it is made from another name"),
            ));
        }
    }
    Ok(wanted)
}

/// Packages that people own by now: no scaffold goes there again, even when they have removed a file of it.
fn existing_packages(root: &Path, wanted: &BTreeMap<PathBuf, Output>) -> BTreeSet<PathBuf> {
    let scaffolds = wanted.values().filter(|output| output.ownership == Ownership::Scaffold);
    let manifests = scaffolds.filter(|o| o.path.file_name().is_some_and(|name| MANIFESTS.iter().any(|m| name == *m)));
    manifests
        .filter(|manifest| root.join(&manifest.path).exists())
        .filter_map(|manifest| Some(manifest.path.parent()?.to_owned()))
        .collect()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("write", path, &error)),
    }
}

/// Files in the `generated` folders of this run that nothing asks for. Folders of skipped targets are left alone.
fn extra_files(root: &Path, wanted: &BTreeMap<PathBuf, Output>) -> Result<Vec<PathBuf>, Failure> {
    let folders: BTreeSet<_> = wanted.keys().filter_map(|path| generated_folder(path)).collect();
    let mut extra = Vec::new();
    for folder in folders {
        for entry in WalkDir::new(root.join(&folder)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.io_error().is_some_and(|e| e.kind() == ErrorKind::NotFound) => continue,
                Err(error) => return Err(Failure::io("read", &root.join(&folder), &error.into())),
            };
            // An entry below the root that it was found from: the prefix is always there.
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
            if !entry.file_type().is_dir() && !wanted.contains_key(&path) {
                extra.push(path);
            }
        }
    }
    Ok(extra)
}

/// `server/api/src/generated` of `server/api/src/generated/types.rs`
fn generated_folder(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    let depth = parent.components().position(|part| part.as_os_str() == GENERATED_FOLDER)?;
    Some(parent.components().take(depth + 1).collect())
}
