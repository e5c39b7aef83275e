//! What lies where in the folder of the embedded PostgreSQL, and who is using it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{ACCOUNT, EmbeddedError};

/// The port names the socket and nothing else: no network address is listened on.
const PORT: u16 = 5432;

/// The longest path of a Unix socket that every platform takes (macOS: 104 bytes with the final zero).
const LONGEST_SOCKET_PATH: usize = 103;

/// What lies where.
#[derive(Clone, Debug)]
pub struct Layout {
    folder: PathBuf,
    sockets: PathBuf,
}

impl Layout {
    /// Makes the folders, for the owner alone.
    pub fn create(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let folder = data_dir.join("postgres");
        private_folder(&folder)?;
        let folder = folder.canonicalize().map_err(EmbeddedError::io(format!("cannot find {}", folder.display())))?;
        let sockets = sockets_folder(&folder);
        private_folder(&sockets)?;
        Ok(Self { folder, sockets })
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database's own files.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where the database's own files are prepared, so that a half-made folder is never taken for a whole one.
    pub fn unfinished_data(&self) -> PathBuf {
        self.folder.join("data.unfinished")
    }

    /// What PostgreSQL says.
    pub fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    /// Where the socket lies.
    pub fn sockets(&self) -> &Path {
        &self.sockets
    }

    /// How to connect to a database.
    pub fn connection_string(&self, database: &str) -> String {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
        format!(
            "host='{}' port={PORT} user={ACCOUNT} dbname='{}'",
            quoted(&self.sockets.display().to_string()),
            quoted(database)
        )
    }

    /// Waits until no other process starts or stops the server of this folder. The turn ends with the file.
    pub async fn take_turn(&self) -> Result<File, EmbeddedError> {
        let path = self.folder.join("turn.lock");
        let what = format!("cannot lock {}", path.display());
        let wait = move || {
            let file = open_lock(&path)?;
            file.lock()?;
            Ok(file)
        };
        tokio::task::spawn_blocking(wait)
            .await
            .map_err(|error| EmbeddedError::Failed(error.to_string()))?
            .map_err(EmbeddedError::io(what))
    }

    /// The turn, when no other process has it.
    pub fn try_turn(&self) -> Result<Option<File>, EmbeddedError> {
        let what = || format!("cannot lock {}", self.folder.join("turn.lock").display());
        let file = open_lock(&self.folder.join("turn.lock")).map_err(EmbeddedError::io(what()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(EmbeddedError::io(what())(error)),
        }
    }

    /// Counts this process among the users of the server, as long as the file lives.
    pub fn join_users(&self) -> Result<File, EmbeddedError> {
        let file = self.open_users()?;
        file.lock_shared().map_err(EmbeddedError::io("cannot lock users.lock"))?;
        Ok(file)
    }

    /// Whether no process uses the server. Asked by whose turn it is.
    pub fn is_unused(&self) -> Result<bool, EmbeddedError> {
        match self.open_users()?.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(EmbeddedError::io("cannot lock users.lock")(error)),
        }
    }

    fn open_users(&self) -> Result<File, EmbeddedError> {
        let path = self.folder.join("users.lock");
        open_lock(&path).map_err(EmbeddedError::io(format!("cannot open {}", path.display())))
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

/// Makes a folder that only its owner can enter, and refuses one that somebody else prepared.
fn private_folder(path: &Path) -> Result<(), EmbeddedError> {
    let what = || format!("cannot make the folder {} for this account alone", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(EmbeddedError::io(what()))?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(EmbeddedError::io(what())(error));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(path).map_err(EmbeddedError::io(what()))?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() && !rustix::process::geteuid().is_root() {
        return Err(EmbeddedError::Failed(format!("{} is not a folder of this account", path.display())));
    }
    if found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(EmbeddedError::io(what()))?;
    }
    Ok(())
}

/// The folder of the socket: below `folder`, unless the socket's path would be too long for the system.
fn sockets_folder(folder: &Path) -> PathBuf {
    let below = folder.join("run");
    let socket = below.join(format!(".s.PGSQL.{PORT}"));
    if socket.as_os_str().len() <= LONGEST_SOCKET_PATH {
        return below;
    }
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    let name = format!("upload-server-{}-{:016x}", rustix::process::geteuid().as_raw(), hasher.finish());
    std::env::temp_dir().join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_data_folder_gets_a_socket_with_a_short_path() {
        let deep = Path::new("/").join("folder/".repeat(20));
        let folder = sockets_folder(&deep);
        assert!(!folder.starts_with(&deep));
        assert_eq!(folder, sockets_folder(&deep), "every process finds the same folder");
        assert!(folder.join(".s.PGSQL.5432").as_os_str().len() <= LONGEST_SOCKET_PATH);
    }

    #[test]
    fn the_folders_are_for_their_owner_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let layout = Layout::create(temporary.path()).unwrap();
        for folder in [layout.folder(), layout.sockets()] {
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_folder_is_in_use_until_the_last_user_leaves() {
        let temporary = tempfile::tempdir().unwrap();
        let layout = Layout::create(temporary.path()).unwrap();
        assert!(layout.is_unused().unwrap());
        let (one, two) = (layout.join_users().unwrap(), layout.join_users().unwrap());
        drop(one);
        assert!(!layout.is_unused().unwrap());
        drop(two);
        assert!(layout.is_unused().unwrap());
    }
}
