//! A real, empty database for every test, in one embedded PostgreSQL that all tests share while any of them runs.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};
use upload_server::postgres::{
    Database, DatabaseSettings,
    embedded::{Embedded, EmbeddedSettings},
};

/// A database of one test, with the schema and nothing in it.
pub struct TestDatabase {
    pub database: Database,
    pub url: String,
    server: Arc<Server>,
}

impl TestDatabase {
    pub async fn new() -> Self {
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let url = server.create_database().await;
        let database = Database::new(&patient(&url)).unwrap();
        Self { database, url, server }
    }

    /// A pool of its own on the same database: what a second server process would have.
    pub fn another(&self) -> Database {
        Database::new(&patient(&self.url)).unwrap()
    }

    /// A plain connection, to look behind the store's back.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }

    /// An empty database without the schema.
    pub async fn bare(&self) -> String {
        let name = unique();
        let client = connect(&self.server.url_of("postgres")).await;
        client.batch_execute(&format!("create database {name}")).await.unwrap();
        self.server.url_of(&name)
    }
}

/// Deadlines that a busy machine does not reach, for tests that are not about deadlines.
fn patient(url: &str) -> DatabaseSettings {
    let patience = Duration::from_secs(60);
    DatabaseSettings { deadline: patience, connect_timeout: patience, ..DatabaseSettings::new(url) }
}

struct Server {
    embedded: Option<Embedded>,
    runtime: Option<Runtime>,
    template: String,
}

/// The server of this process; it stops with the last database that a test holds.
fn server() -> Arc<Server> {
    static SERVER: OnceLock<Mutex<Weak<Server>>> = OnceLock::new();
    let mut slot = SERVER.get_or_init(Mutex::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    slot.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start());
        *slot = Arc::downgrade(&server);
        server
    })
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = ["fsync=off", "max_connections=500", "shared_buffers=64MB"].map(str::to_owned).to_vec();
        let bin_dir = std::env::var_os("PG_BIN").map(PathBuf::from);
        let settings = EmbeddedSettings { options, bin_dir: bin_dir.clone(), ..EmbeddedSettings::new(folder(bin_dir)) };
        let embedded = runtime.block_on(Embedded::start(settings, Arc::new(|message| eprintln!("{message}")))).unwrap();
        let template = runtime.block_on(prepare(&embedded));
        Self { embedded: Some(embedded), runtime: Some(runtime), template }
    }

    fn url_of(&self, database: &str) -> String {
        self.embedded.as_ref().unwrap().url_of(database)
    }

    async fn create_database(&self) -> String {
        let name = unique();
        let client = connect(&self.url_of("postgres")).await;
        client.batch_execute(&format!("create database {name} template {}", self.template)).await.unwrap();
        self.url_of(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let (Some(embedded), Some(runtime)) = (self.embedded.take(), self.runtime.take()) else { return };
        // Elsewhere, because a test's own runtime may be what drops this.
        let stopped = thread::spawn(move || runtime.block_on(embedded.stop())).join();
        if !thread::panicking() {
            stopped.unwrap().unwrap();
        }
    }
}

/// The data folder of the tests; another version of PostgreSQL (`PG_BIN`) gets one of its own.
fn folder(bin_dir: Option<PathBuf>) -> PathBuf {
    let name = bin_dir.map_or_else(String::new, |bin| bin.to_string_lossy().replace('/', "_"));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Makes the template once for each state of the migrations, and removes what ended tests have left.
async fn prepare(embedded: &Embedded) -> String {
    let client = connect(&embedded.url_of("postgres")).await;
    client.batch_execute("select pg_advisory_lock(20261123)").await.unwrap();
    let template = format!("template_{:016x}", migrations_hash());
    let rows = client.query("select datname from pg_database", &[]).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for name in &names {
        let process = name.strip_prefix("test_").and_then(|rest| rest.split('_').next()?.parse::<i32>().ok());
        let alive = |process| {
            rustix::process::Pid::from_raw(process).is_some_and(|p| rustix::process::test_kill_process(p).is_ok())
        };
        if process.is_some_and(|process| !alive(process)) {
            client.batch_execute(&format!("drop database {name} with (force)")).await.unwrap();
        }
    }
    if !names.contains(&template) {
        let unfinished = unique();
        client.batch_execute(&format!("create database {unfinished}")).await.unwrap();
        Database::new(&DatabaseSettings::new(embedded.url_of(&unfinished))).unwrap().migrate().await.unwrap();
        client.batch_execute(&format!("alter database {unfinished} rename to {template}")).await.unwrap();
    }
    client.batch_execute("select pg_advisory_unlock(20261123)").await.unwrap();
    template
}

fn migrations_hash() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.iter().for_each(|file| std::fs::read(file).unwrap().hash(&mut hasher));
    hasher.finish()
}

fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
