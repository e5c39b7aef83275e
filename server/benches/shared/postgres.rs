//! The PostgreSQL of the benchmark, and the processor time that it uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_postgres::{Client, NoTls};
use upload_server::postgres::embedded::{Embedded, EmbeddedSettings};
use upload_server::postgres::{Database, DatabaseSettings};

use super::{CONNECTIONS, machine};

pub struct Postgres {
    embedded: Embedded,
    pub folder: PathBuf,
}

impl Postgres {
    pub async fn start(folder: &Path) -> Self {
        let settings = EmbeddedSettings {
            // What autovacuum would do now and then is done between measurements, in whose time it would strike at random.
            options: ["shared_buffers=1GB", "max_wal_size=4GB", "max_connections=200", "autovacuum=off"]
                .map(str::to_owned)
                .to_vec(),
            ..EmbeddedSettings::new(folder)
        };
        let embedded = Embedded::start(settings, Arc::new(|message: &str| eprintln!("{message}"))).await.unwrap();
        Self { embedded, folder: folder.to_owned() }
    }

    /// The URL of the database that a server on this PostgreSQL uses.
    pub fn url(&self) -> String {
        self.embedded.url()
    }

    /// The URL of a database that is made unless it is there.
    pub async fn database(&self, name: &str) -> String {
        let client = connect(&self.embedded.url_of("postgres")).await;
        let known = client.query("select from pg_database where datname = $1", &[&name]).await.unwrap();
        if known.is_empty() {
            client.batch_execute(&format!("create database {name}")).await.unwrap();
        }
        let url = self.embedded.url_of(name);
        database(&url).migrate().await.unwrap();
        url
    }

    /// The URL of a database with nothing in its tables.
    pub async fn new_database(&self, name: &str) -> String {
        let client = connect(&self.embedded.url_of("postgres")).await;
        client.batch_execute(&format!("drop database if exists {name} with (force)")).await.unwrap();
        self.database(name).await
    }

    /// Seconds of processor time that all processes of the database have used, those that have ended included.
    pub fn cpu_seconds(&self) -> f64 {
        let postmaster = u32::try_from(self.embedded.process_id().unwrap()).unwrap();
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{postmaster}/stat")).unwrap();
        // The name in brackets may hold blanks; times of ended children are the 14th and 15th field after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ended: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
        let ended = ended as f64 / rustix::param::clock_ticks_per_second() as f64;
        let living = children.split_whitespace().map(|id| machine::cpu_seconds(id.parse().unwrap()));
        machine::cpu_seconds(postmaster) + ended + living.sum::<f64>()
    }

    pub async fn stop(self) {
        self.embedded.stop().await.unwrap();
    }
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub fn database(url: &str) -> Database {
    Database::new(&DatabaseSettings { max_connections: CONNECTIONS, ..DatabaseSettings::new(url) }).unwrap()
}

/// Leaves nothing to be done later by those who are measured.
pub async fn settle(client: &Client) {
    for statement in ["vacuum analyze", "checkpoint"] {
        client.batch_execute(statement).await.unwrap();
    }
}
