//! The embedded PostgreSQL: started once, shared, kept.

use std::sync::Arc;

use upload_server::{
    domain::DomainError,
    postgres::{
        Database, DatabaseSettings,
        embedded::{Embedded, EmbeddedSettings, Progress},
    },
};

use crate::{database::connect, support::breathe};

fn quiet() -> Progress {
    Arc::new(|_| {})
}

async fn start(folder: &tempfile::TempDir) -> Embedded {
    Embedded::start(EmbeddedSettings::new(folder.path()), quiet()).await.unwrap()
}

#[tokio::test]
async fn data_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = start(&folder).await;
    connect(&embedded.url()).await.batch_execute("create table kept as select 42 as answer").await.unwrap();
    embedded.stop().await.unwrap();

    let embedded = start(&folder).await;
    let row = connect(&embedded.url()).await.query_one("select answer from kept", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn two_users_of_a_folder_share_one_server_and_the_last_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = tokio::join!(start(&folder), start(&folder));
    assert_eq!(one.process_id(), two.process_id());
    let url = one.url();
    one.stop().await.unwrap();
    connect(&url).await.query_one("select 1", &[]).await.unwrap();
    two.stop().await.unwrap();
    assert!(tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err());
}

#[tokio::test]
async fn a_server_that_is_killed_comes_back_with_every_acknowledged_row() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = start(&folder).await;
    let database = Database::new(&DatabaseSettings::new(embedded.url())).unwrap();
    let mut connection = database.connection().await.unwrap();
    connection.batch("create table kept as select 42 as answer").await.unwrap();
    drop(connection);

    let killed = embedded.process_id().unwrap();
    let pid = rustix::process::Pid::from_raw(killed).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let row = loop {
        match answer(&database).await {
            // What the killed server has started may answer for a moment longer.
            Ok(row) if embedded.process_id() != Some(killed) => break row.unwrap(),
            Ok(_) => {}
            Err(error) => assert!(matches!(error, DomainError::Unavailable(_)), "{error:?}"),
        }
        breathe().await;
    };
    assert_eq!(row.get::<_, i32>(0), 42);
    embedded.stop().await.unwrap();
}

async fn answer(database: &Database) -> Result<Option<tokio_postgres::Row>, DomainError> {
    database.connection().await?.query_opt("select answer from kept", &[]).await
}

#[tokio::test]
async fn a_folder_of_a_version_that_is_not_installed_is_refused_with_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("postgres/data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "7\n").unwrap();
    let error = Embedded::start(EmbeddedSettings::new(folder.path()), quiet()).await.err().unwrap().to_string();
    assert!(error.contains("PostgreSQL 7") && error.contains("DATABASE_URL"), "{error}");
}
