//! What requests get while the database is away, frozen or locked: a timely word, and success when it is back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::Notify;
use upload_server::{
    analytics::Worker,
    domain::{
        DomainError,
        analytics::AnalyticsQuery,
        ports::{AnalyticsStore, SessionStore, SystemClock},
    },
    postgres::{
        Database, DatabaseSettings,
        embedded::{Embedded, EmbeddedSettings},
    },
};

use crate::{database::connect, support::*};

const DEADLINE: Duration = Duration::from_millis(300);

/// Statements that wait for a lock.
const BLOCKED: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

fn impatient(url: &str) -> Database {
    let settings = DatabaseSettings { deadline: DEADLINE, ..DatabaseSettings::new(url) };
    Database::new(&settings).unwrap()
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    let database = impatient("postgres://nobody@127.0.0.1:1/nothing");
    assert!(matches!(database.connection().await.err(), Some(DomainError::Unavailable(_))));
    assert!(matches!(database.check_ready().await, Err(DomainError::Unavailable(_))));
    assert!(database.migrate().await.is_err());
}

#[tokio::test]
async fn a_host_that_takes_connections_and_says_nothing_blocks_no_other() {
    let world = World::new().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = world.database.url.split('\'').nth(1).unwrap();
    let name = world.database.url.split('\'').nth(3).unwrap();
    let both = format!(
        "host=127.0.0.1,{socket} port={},5432 user=postgres dbname={name}",
        silent.local_addr().unwrap().port()
    );
    let database = Database::new(&DatabaseSettings::new(both)).unwrap();
    let created = database.sessions().create_session(&world.new_session(vec![file("a", 5)])).await;
    assert!(created.is_ok(), "{created:?}");
}

#[tokio::test]
async fn a_locked_session_is_unavailable_within_the_deadline_and_free_afterwards() {
    let world = World::new().await;
    let store = impatient(&world.database.url).sessions();
    let session = world.session().await;
    let locker = world.database.client().await;
    locker.batch_execute("begin; lock table upload_sessions in access exclusive mode").await.unwrap();
    let refused = store.register_file(&world.new_file(&session, "a")).await;
    assert!(matches!(refused, Err(DomainError::Unavailable(_))), "{refused:?}");
    locker.batch_execute("rollback").await.unwrap();
    store.register_file(&world.new_file(&session, "b")).await.unwrap();
}

#[tokio::test]
async fn all_calls_of_a_request_share_one_deadline() {
    let world = World::new().await;
    let store = impatient(&world.database.url).sessions();
    let session = world.session().await;
    let locker = world.database.client().await;
    locker.batch_execute("begin; lock table upload_sessions in access exclusive mode").await.unwrap();
    let request = store.for_request();
    let refused = request.register_file(&world.new_file(&session, "a")).await;
    assert!(matches!(refused, Err(DomainError::Unavailable(_))), "{refused:?}");
    locker.batch_execute("rollback").await.unwrap();
    let second = request.register_file(&world.new_file(&session, "b")).await;
    assert!(matches!(second, Err(DomainError::Unavailable(_))), "the first call used up the time: {second:?}");
    store.for_request().register_file(&world.new_file(&session, "c")).await.unwrap();
}

#[tokio::test]
async fn a_frozen_connection_is_closed_and_not_used_again() {
    let world = World::new().await;
    let database = impatient(&world.database.url);
    let mut connection = database.connection().await.unwrap();
    let slow = connection.query("select pg_sleep(60)", &[]).await;
    assert!(matches!(slow, Err(DomainError::Unavailable(_))));
    assert!(matches!(connection.query("select 1", &[]).await, Err(DomainError::Unavailable(_))));
    drop(connection);
    database.connection().await.unwrap().query("select 1", &[]).await.unwrap();
}

/// As after a migration under a server that runs: a connection that has prepared a statement cannot run it any more.
#[tokio::test]
async fn a_connection_whose_prepared_statement_became_useless_is_not_used_again() {
    let world = World::new().await;
    let settings = DatabaseSettings { max_connections: 1, ..DatabaseSettings::new(&world.database.url) };
    let database = Database::new(&settings).unwrap();
    let ask = async || database.connection().await?.query("select * from changing", &[]).await;
    let change = async |sql: &str| world.database.client().await.batch_execute(sql).await.unwrap();
    change("create table changing (a int)").await;
    ask().await.unwrap();
    change("alter table changing add b int").await;
    let refused = ask().await;
    assert!(matches!(refused, Err(DomainError::Unavailable(_))), "{refused:?}");
    ask().await.unwrap();
}

#[tokio::test]
async fn what_the_database_says_of_a_row_is_not_passed_on() {
    let world = World::new().await;
    world
        .database
        .client()
        .await
        .batch_execute("alter table upload_sessions add check (user_id = 'nobody')")
        .await
        .unwrap();
    let refused = world.store.create_session(&world.new_session(vec![file("a", 5)])).await.unwrap_err();
    let told = format!("{refused:?} {}", std::error::Error::source(&refused).unwrap());
    assert!(told.contains("violates check constraint") && told.contains("23514"), "{told}");
    assert!(!told.contains(USER), "{told}");
}

#[tokio::test]
async fn a_transaction_that_is_not_committed_leaves_nothing_behind() {
    let world = World::new().await;
    let database = &world.database.database;
    let mut connection = database.connection().await.unwrap();
    connection.begin().await.unwrap();
    connection.batch("create table half_done ()").await.unwrap();
    drop(connection);
    database.connection().await.unwrap().batch("create table half_done ()").await.unwrap();
}

/// Asks for the analytics again and again while they are locked, as a page does that updates itself.
#[tokio::test]
async fn questions_that_were_given_up_leave_nothing_behind() {
    let world = World::new().await;
    let analytics = impatient(&world.database.url).analytics();
    let locker = world.database.client().await;
    locker.batch_execute("begin; lock table upload_session_analytics in access exclusive mode").await.unwrap();
    for _ in 0..8 {
        let refused = analytics.query(&AnalyticsQuery::default()).await;
        assert!(matches!(refused, Err(DomainError::Unavailable(_))), "{refused:?}");
        // That of the moment, and at most those before it that are just about to end.
        let left = world.count(BLOCKED, &[]).await;
        assert!(left < 4, "{left}");
    }
    locker.batch_execute("rollback").await.unwrap();
    analytics.query(&AnalyticsQuery::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_waits_for_nothing_and_leaves_nothing_behind() {
    let world = World::new().await;
    let locker = world.database.client().await;
    locker.batch_execute("begin; lock table upload_session_analytics in access exclusive mode").await.unwrap();
    world.session().await;
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    let blocked = |wanted| {
        let world = &world;
        async move {
            while world.count(BLOCKED, &[]).await != wanted {
                breathe().await;
            }
        }
    };
    // Who records events, and who makes sums of them.
    blocked(2).await;
    let stopped = async {
        worker.stop().await;
        blocked(0).await;
    };
    tokio::time::timeout(Duration::from_secs(20), stopped).await.expect("it stops while the table is locked");
    assert_eq!(world.database.database.events().depth().0, 1);
    locker.batch_execute("rollback").await.unwrap();
    assert_eq!(world.record().await, 1);
}

/// Every acknowledged session is there afterwards, with exactly one event.
#[tokio::test(flavor = "multi_thread")]
async fn kills_of_the_database_under_load_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = Embedded::start(EmbeddedSettings::new(folder.path()), Arc::new(|_| {})).await.unwrap();
    let database = Database::new(&DatabaseSettings::new(embedded.url())).unwrap();
    database.migrate().await.unwrap();
    let worker = Worker::start(&database, Arc::new(SystemClock));
    let world = World::new().await;
    let mut acknowledged = Vec::new();
    for _ in 0..3 {
        let under_way = Arc::new(Notify::new());
        let load = many(8, |_| {
            let (store, under_way) = (database.sessions(), Arc::clone(&under_way));
            let new: Vec<_> = (0..50).map(|_| world.new_session(vec![file("a", 5)])).collect();
            async move {
                let mut created = Vec::new();
                for new in new {
                    match store.create_session(&new).await {
                        Ok(session) => {
                            created.push(session.session.0);
                            under_way.notify_one();
                        }
                        Err(error) => assert!(matches!(error, DomainError::Unavailable(_)), "{error:?}"),
                    }
                }
                created
            }
        });
        let kill = async {
            under_way.notified().await;
            let killed = embedded.process_id().unwrap();
            kill_process(Pid::from_raw(killed).unwrap(), Signal::KILL).unwrap();
            killed
        };
        let (created, killed) = tokio::join!(load, kill);
        acknowledged.extend(created.into_iter().flatten());
        back(&embedded, &database, killed).await;
    }
    assert!(!acknowledged.is_empty());
    let client = connect(&embedded.url()).await;
    let lacking = "select count(*) from upload_sessions s
        where not exists (select from upload_session_analytics e where e.session_id = s.id)";
    while client.query_one(lacking, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        breathe().await;
    }
    worker.stop().await;
    let audit = "select (select count(*) from upload_sessions where id = any($1)),
        (select count(distinct session_id) from upload_session_analytics), (select count(*) from upload_session_analytics),
        (select count(*) from upload_sessions)";
    let row = client.query_one(audit, &[&acknowledged]).await.unwrap();
    let [kept, told, events, sessions]: [i64; 4] = std::array::from_fn(|column| row.get(column));
    assert_eq!(kept, acknowledged.len() as i64, "an acknowledged session was lost");
    assert_eq!((told, events), (sessions, sessions), "a session has no event, or two");
    drop(client);
    embedded.stop().await.unwrap();
}

/// Until another process runs the database and answers. What the killed one has started may answer for a moment longer,
/// so that an answer alone tells nothing.
async fn back(embedded: &Embedded, database: &Database, killed: i32) {
    let started = Instant::now();
    while embedded.process_id().is_none_or(|process| process == killed) || database.check_ready().await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "the database does not come back");
        breathe().await;
    }
}
