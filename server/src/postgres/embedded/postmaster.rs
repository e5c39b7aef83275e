//! The server process: finding the one that runs, initialising a new folder, starting and stopping.

#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt;
use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;

use super::{ACCOUNT, DATABASE, EmbeddedError, EmbeddedSettings, Progress, account::Account, binaries, layout::Layout};

/// How long a start is tried again while the remains of a killed server are in the way.
const RETRY: Duration = Duration::from_secs(10);

/// How long a server that has started may take to answer; it may have to recover first.
const ANSWER: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(20);

/// What every start sets. After a kill PostgreSQL syncs its thousand files one by one, which takes seconds on a busy disk;
/// where the system can, the file system is synced as a whole instead.
const OPTIONS: &[&str] = &[
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "logging_collector=off",
    #[cfg(target_os = "linux")]
    "recovery_init_sync_method=syncfs",
];

/// A server process.
#[derive(Clone, Copy, Debug)]
pub struct Postmaster {
    pid: Pid,
}

impl Postmaster {
    /// The process that `postmaster.pid` names, when it is alive and was started for the folder: after a crash of the
    /// machine the number may be that of any other process.
    ///
    /// # Errors
    /// When that cannot be known, as for want of file descriptors.
    pub fn find(layout: &Layout) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(layout.data().join("postmaster.pid")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let pid = text.lines().next().and_then(|line| Pid::from_raw(line.trim().parse().ok()?));
        Ok(pid.filter(|pid| test_kill_process(*pid).is_ok() && is_for(*pid, &layout.data())).map(|pid| Self { pid }))
    }

    /// Its number.
    pub fn process_id(self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Stops it: open transactions are rolled back, and everything is written out.
    pub async fn stop(self, layout: &Layout, patience: Duration) -> Result<(), EmbeddedError> {
        kill_process(self.pid, Signal::INT)
            .map_err(|error| EmbeddedError::io("cannot stop PostgreSQL")(error.into()))?;
        let deadline = Instant::now() + patience;
        // The file goes at the very end. The process may stay in the table until its parent, whoever that is, looks.
        while Self::find(layout).map_or(true, |found| found.is_some_and(|found| found.pid == self.pid)) {
            if Instant::now() > deadline {
                return Err(EmbeddedError::Failed(format!("PostgreSQL (process {}) does not stop", self.process_id())));
            }
            sleep(POLL).await;
        }
        Ok(())
    }
}

/// Whether a process was started with a data folder. One that has ended and is only waited for has no arguments any more.
#[cfg(target_os = "linux")]
fn is_for(pid: Pid, data: &Path) -> bool {
    let arguments = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    arguments.split(|byte| *byte == 0).any(|argument| argument == data.as_os_str().as_bytes())
}

/// Elsewhere the system does not say.
#[cfg(not(target_os = "linux"))]
fn is_for(_pid: Pid, _data: &Path) -> bool {
    true
}

/// Makes sure that a server runs in the folder and has the database. Called by whose turn it is.
pub async fn ensure(layout: &Layout, settings: &EmbeddedSettings, progress: &Progress) -> Result<(), EmbeddedError> {
    if answers(layout).await {
        return ensure_database(layout).await;
    }
    let account = Account::choose().await?;
    let required = made_by(&layout.data())?;
    let binaries = binaries::find(settings, account, required, progress).await?;
    account.check_way_to(layout.folder())?;
    for folder in [layout.folder(), layout.sockets()] {
        account.own(folder)?;
    }
    if required.is_none() {
        progress(&format!("initialising PostgreSQL {} in {} (once)", binaries.major, layout.folder().display()));
        initialise(layout, account, &binaries).await?;
    }
    progress(&format!("starting PostgreSQL {} in {}", binaries.major, layout.folder().display()));
    start(layout, settings, account, &binaries).await?;
    ensure_database(layout).await
}

/// Whether a server answers on the socket within a second.
async fn answers(layout: &Layout) -> bool {
    timeout(Duration::from_secs(1), connect(layout, ACCOUNT)).await.is_ok_and(|connected| connected.is_ok())
}

async fn connect(layout: &Layout, database: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&layout.connection_string(database), NoTls).await?;
    // It ends when the client is dropped; its failure shows at the client.
    tokio::spawn(connection);
    Ok(client)
}

/// The major version that made the data folder; none when the folder is new.
fn made_by(data: &Path) -> Result<Option<u32>, EmbeddedError> {
    match fs::read_to_string(data.join("PG_VERSION")) {
        Ok(version) => version.trim().parse().map(Some).map_err(|_| {
            EmbeddedError::Failed(format!("{} does not hold a version", data.join("PG_VERSION").display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EmbeddedError::io(format!("cannot read {}", data.display()))(error)),
    }
}

async fn initialise(layout: &Layout, account: Account, binaries: &binaries::Binaries) -> Result<(), EmbeddedError> {
    let unfinished = layout.unfinished_data();
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(EmbeddedError::io("cannot remove an unfinished data folder"))?;
    }
    let output = account
        .command(&binaries.program("initdb"))
        .args(cfg!(target_os = "linux").then_some("--no-sync"))
        .args(["--username", ACCOUNT, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions", "--pgdata"])
        .arg(&unfinished)
        .current_dir(layout.folder())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(EmbeddedError::io("cannot run initdb"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(EmbeddedError::Failed(format!("initdb failed: {}", said.trim())));
    }
    sync(&unfinished).map_err(EmbeddedError::io("cannot write out the initialised data folder"))?;
    fs::rename(&unfinished, layout.data()).map_err(EmbeddedError::io("cannot rename the initialised data folder"))
}

/// Writes out what `initdb` has left to us: one call in place of its thousand.
#[cfg(target_os = "linux")]
fn sync(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

async fn start(
    layout: &Layout,
    settings: &EmbeddedSettings,
    account: Account,
    binaries: &binaries::Binaries,
) -> Result<(), EmbeddedError> {
    let deadline = Instant::now() + RETRY;
    loop {
        match start_once(layout, settings, account, binaries).await {
            // After a kill its children may hold on to the folder for a moment. The file that says so is PostgreSQL's
            // protection of the data; it goes by itself and is never removed by us.
            Err(Start::InTheWay(_)) if Instant::now() < deadline => sleep(POLL * 10).await,
            Err(Start::InTheWay(error) | Start::Failed(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
}

enum Start {
    InTheWay(EmbeddedError),
    Failed(EmbeddedError),
}

async fn start_once(
    layout: &Layout,
    settings: &EmbeddedSettings,
    account: Account,
    binaries: &binaries::Binaries,
) -> Result<(), Start> {
    let open_log = || OpenOptions::new().create(true).append(true).open(layout.log());
    let log = open_log().map_err(EmbeddedError::io("cannot open the log of PostgreSQL")).map_err(Start::Failed)?;
    let log_start = log.metadata().map_or(0, |metadata| metadata.len());
    let stdout = log.try_clone().map_err(EmbeddedError::io("cannot open the log")).map_err(Start::Failed)?;
    let mut command = account.command(&binaries.program("postgres"));
    command.arg("-D").arg(layout.data()).arg("-k").arg(layout.sockets()).current_dir(layout.folder());
    for option in OPTIONS.iter().copied().chain(settings.options.iter().map(String::as_str)) {
        command.arg("-c").arg(option);
    }
    let mut child = command
        .stdout(stdout)
        .stderr(log)
        .spawn()
        .map_err(EmbeddedError::io("cannot run postgres"))
        .map_err(Start::Failed)?;
    let deadline = Instant::now() + ANSWER;
    loop {
        if answers(layout).await {
            // A child that nobody waits for stays a zombie, and a zombie looks alive.
            tokio::spawn(async move { child.wait().await });
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            let said = log_since(layout, log_start);
            let in_the_way = said.contains("postmaster.pid") || said.contains("pre-existing shared memory block");
            let error = EmbeddedError::Failed(format!("postgres ended with {status}: {}", said.trim()));
            return Err(if in_the_way { Start::InTheWay(error) } else { Start::Failed(error) });
        }
        if Instant::now() > deadline {
            let said = log_since(layout, log_start);
            return Err(Start::Failed(EmbeddedError::Failed(format!("postgres does not answer: {}", said.trim()))));
        }
        sleep(POLL).await;
    }
}

fn log_since(layout: &Layout, start: u64) -> String {
    let log = fs::read(layout.log()).unwrap_or_default();
    let new = usize::try_from(start).ok().and_then(|start| log.get(start..)).unwrap_or_default();
    String::from_utf8_lossy(new).into_owned()
}

async fn ensure_database(layout: &Layout) -> Result<(), EmbeddedError> {
    let failed =
        |error: tokio_postgres::Error| EmbeddedError::Failed(format!("cannot make the database `{DATABASE}`: {error}"));
    let client = connect(layout, ACCOUNT).await.map_err(failed)?;
    let found = client.query("select from pg_database where datname = $1", &[&DATABASE]).await.map_err(failed)?;
    if found.is_empty() {
        client.batch_execute(&format!("create database {DATABASE}")).await.map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_about_which_nothing_can_be_known_is_not_taken_for_gone() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        assert!(matches!(Postmaster::find(&layout), Ok(None)));
        fs::create_dir_all(layout.data().join("postmaster.pid")).unwrap();
        assert!(Postmaster::find(&layout).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_got_the_number_of_a_server_that_is_gone_is_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        fs::create_dir(layout.data()).unwrap();
        fs::write(layout.data().join("postmaster.pid"), format!("{}\n", std::process::id())).unwrap();
        assert!(matches!(Postmaster::find(&layout), Ok(None)));
    }
}
