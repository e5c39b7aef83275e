//! A private, real PostgreSQL in a data folder, for those who bring no `DATABASE_URL`.
//!
//! One server per folder, whoever started it: a second process on the same folder uses the one that runs. Who leaves last
//! stops it; one that nobody stopped, because its users were killed, is used again by the next. It listens on a Unix
//! socket in a folder that only its owner can enter, and on no network address, so it needs no password.

mod account;
mod binaries;
mod fetch;
mod layout;
mod postmaster;
mod supervisor;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio_util::sync::{CancellationToken, DropGuard};

use self::{layout::Layout, postmaster::Postmaster};

/// How an embedded PostgreSQL is wanted.
#[derive(Clone, Debug)]
pub struct EmbeddedSettings {
    /// The data folder of the upload server; the database lives in a folder of its own below it.
    pub data_dir: PathBuf,
    /// Where to look for the programs of PostgreSQL first (`PG_BIN`).
    pub bin_dir: Option<PathBuf>,
    /// Settings of PostgreSQL beside the usual, as `name=value`.
    pub options: Vec<String>,
}

impl EmbeddedSettings {
    /// The usual, in a data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), bin_dir: None, options: Vec::new() }
    }
}

/// Tells a person what is being waited for.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

/// Why there is no embedded PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// A file or a program could not be used.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// What came of it.
        #[source]
        source: std::io::Error,
    },
    /// No programs of PostgreSQL were found, and none could be fetched.
    #[error("{0}")]
    NoBinaries(String),
    /// A program of PostgreSQL failed.
    #[error("{0}")]
    Failed(String),
}

impl EmbeddedError {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// A PostgreSQL that runs in a data folder, and the promise not to stop it while this value lives.
pub struct Embedded {
    layout: Layout,
    _users: File,
    supervisor: DropGuard,
    supervised: tokio::task::JoinHandle<()>,
}

/// The database in the embedded PostgreSQL.
pub(crate) const DATABASE: &str = "uploads";
/// The account in the embedded PostgreSQL.
pub(crate) const ACCOUNT: &str = "postgres";

impl Embedded {
    /// Uses the PostgreSQL that runs in the folder, or starts one: fetches the programs when there are none, and
    /// initialises the folder when it is new.
    ///
    /// # Errors
    /// When no PostgreSQL could be found, fetched or started; the error says what was tried.
    pub async fn start(settings: EmbeddedSettings, progress: Progress) -> Result<Self, EmbeddedError> {
        let layout = Layout::create(&settings.data_dir)?;
        let _turn = layout.take_turn().await?;
        postmaster::ensure(&layout, &settings, &progress).await?;
        let users = layout.join_users()?;
        let token = CancellationToken::new();
        let supervised = tokio::spawn(supervisor::supervise(layout.clone(), settings, token.clone()));
        Ok(Self { layout, _users: users, supervisor: token.drop_guard(), supervised })
    }

    /// How to connect to it.
    pub fn url(&self) -> String {
        self.layout.connection_string(DATABASE)
    }

    /// How to connect to another database in it.
    pub fn url_of(&self, database: &str) -> String {
        self.layout.connection_string(database)
    }

    /// The folder that it lives in.
    pub fn folder(&self) -> &Path {
        self.layout.folder()
    }

    /// The process that runs it, while it does.
    pub fn process_id(&self) -> Option<i32> {
        Postmaster::find(&self.layout).ok().flatten().map(Postmaster::process_id)
    }

    /// Gives it up, and stops it when no other process uses it.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let Self { layout, _users: users, supervisor, supervised } = self;
        drop(supervisor);
        // It ends at the token; that it could have panicked changes nothing here.
        let _ = supervised.await;
        let _turn = layout.take_turn().await?;
        drop(users);
        stop_if_unused(&layout).await
    }

    /// Stops what a start that was given up may have left in a folder, unless another process uses it or is about to.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop_abandoned(data_dir: &Path) -> Result<(), EmbeddedError> {
        let layout = Layout::create(data_dir)?;
        match layout.try_turn()? {
            Some(_turn) => stop_if_unused(&layout).await,
            None => Ok(()),
        }
    }
}

/// Stops the server that nobody uses. Called by whose turn it is.
async fn stop_if_unused(layout: &Layout) -> Result<(), EmbeddedError> {
    if !layout.is_unused()? {
        return Ok(());
    }
    match Postmaster::find(layout).map_err(EmbeddedError::io("cannot find out whether PostgreSQL runs"))? {
        Some(postmaster) => postmaster.stop(layout, Duration::from_secs(20)).await,
        None => Ok(()),
    }
}
