//! Where the workspace and the user stand.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::failure::{Failure, Problem};

/// The tables of `[workspace.metadata.contract]`. One with another name would be set and heeded by nobody.
const TABLES: [&str; 8] = ["clients", "dev", "mutants", "page", "proof", "prove", "schemathesis", "service"];

/// The root of the workspace: above the package that cargo runs, else the nearest folder above the current one that
/// holds this toolchain. Commands therefore work from every folder below it.
pub fn root() -> Result<PathBuf, Failure> {
    let from_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let start = match from_cargo {
        Some(folder) => folder,
        None => current_dir()?,
    };
    start.ancestors().find(|folder| is_root(folder)).map(Path::to_owned).ok_or_else(|| {
        Failure::environment(
            Problem::new("no-workspace", format!("no workspace with an `xtask` package above {}", start.display()))
                .help("run the command inside the workspace, or give both --contract and --out"),
        )
    })
}

/// `[workspace.metadata.contract.<key>]` of the root `Cargo.toml`, if it is there.
pub fn metadata<T: DeserializeOwned>(root: &Path, key: &str) -> Result<Option<T>, Failure> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let wrong = |error: toml::de::Error| {
        let message = format!("{}: [workspace.metadata.contract.{key}]: {error}", path.display());
        Failure::environment(Problem::new("workspace-metadata", message).help("repair the table"))
    };
    let mut value = toml::Value::Table(toml::from_str(&text).map_err(wrong)?);
    for key in ["workspace", "metadata", "contract"] {
        let Some(inner) = value.get(key).cloned() else { return Ok(None) };
        value = inner;
    }
    let mut names = value.as_table().into_iter().flat_map(toml::Table::keys);
    if let Some(unknown) = names.find(|name| !TABLES.contains(&name.as_str())) {
        let message = format!("{}: there is no [workspace.metadata.contract.{unknown}]", path.display());
        let help = format!("the tables are: {}", TABLES.join(", "));
        return Err(Failure::environment(Problem::new("workspace-metadata", message).help(help)));
    }
    value.get(key).cloned().map(toml::Value::try_into).transpose().map_err(wrong)
}

fn is_root(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file() && folder.join("xtask/Cargo.toml").is_file()
}

/// The folder that the user stands in.
pub fn current_dir() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| Failure::io("find the current folder", Path::new("."), &error))
}

/// A path as the user would type it from where they stand, with `/` on every platform. Far away that is the whole path.
#[must_use]
pub fn shown(path: &Path, from: &Path) -> String {
    let absolute = from.join(path);
    let whole = slashes(&absolute);
    let relative = pathdiff::diff_paths(&absolute, from).map_or_else(|| whole.clone(), |relative| slashes(&relative));
    match relative.as_str() {
        "" => ".".to_owned(),
        far if far.starts_with("..") && far.len() > whole.len() => whole,
        _ => relative,
    }
}

/// A path with `/` on every platform.
#[must_use]
pub fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_the_user_stands() {
        let from = Path::new("/home/me/project/server");
        assert_eq!(shown(Path::new("/home/me/project/__http__/a.http"), from), "../__http__/a.http");
        assert_eq!(shown(Path::new("contract/a.http"), from), "contract/a.http");
        assert_eq!(shown(Path::new("/home/me/project/server"), from), ".");
        assert_eq!(shown(Path::new("/tmp/a.http"), from), "/tmp/a.http");
    }
}
