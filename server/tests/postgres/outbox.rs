//! Events on their way to the analytics: none lost, none doubled, nobody waits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::timeout;
use upload_server::{
    analytics::Worker,
    domain::{
        extension::ExtensionPolicy,
        ports::{Clock, NewFile, SessionAddress, SessionStore, SystemClock, Whole},
    },
    postgres::{Backlog, DatabaseSettings, PgOutbox},
};

use crate::support::*;

const ANALYTICS: &str = "select count(*) from upload_session_analytics";
const OUTBOX: &str = "select count(*) from upload_session_outbox";

async fn drained(world: &World) {
    while world.database.database.events().depth().0 > 0 || world.count(OUTBOX, &[]).await > 0 {
        breathe().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_a_session_is_one_event() {
    let world = World::new().await;
    let session = world.session().await;
    world.completed_file(&session, "a").await;
    world.store.finalize_session(&session, world.now).await.unwrap();
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    drained(&world).await;
    worker.stop().await;
    let rows = world.database.client().await;
    let rows =
        rows.query("select event_type, metadata from upload_session_analytics order by event_id", &[]).await.unwrap();
    let types: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(types, ["session_created", "file_registered", "file_completed", "session_finalized"]);
    let metadata: serde_json::Value = rows[3].get(1);
    assert_eq!(metadata, json!({ "user_id": USER, "file_count": 1, "total_size_bytes": 5, "elapsed_time_ms": 0 }));
}

#[tokio::test]
async fn every_event_tells_what_had_happened_by_then() {
    assert_events_tell_what_had_happened(async |outbox| outbox.move_events(100).await.unwrap()).await;
}

#[tokio::test]
async fn events_that_are_moved_one_by_one_tell_the_same() {
    assert_events_tell_what_had_happened(async |outbox| outbox.move_first_event().await.unwrap()).await;
}

/// What each event says, of steps at moments that differ, when it is moved so.
async fn assert_events_tell_what_had_happened(moving: impl AsyncFn(&PgOutbox) -> i64) {
    let world = World::new().await;
    let after = |milliseconds: i64| world.now + TimeDelta::milliseconds(milliseconds);
    let window = |milliseconds: i64| ExtensionPolicy::default().at(after(milliseconds));
    let outbox = world.database.database.outbox();
    let register = async |session: &SessionAddress, key: &str, size: i64, time: i64| {
        let new = NewFile { declaration: file(key, size), window: window(time), ..world.new_file(session, key) };
        world.store.register_file(&new).await.unwrap();
        new.address
    };

    let finalized = world.session().await;
    let a = register(&finalized, "a", 5, 1000).await;
    let b = register(&finalized, "b", 7, 2500).await;
    world.store.complete_file(&b, &Whole { parts: &[], url: "file:///b" }, window(4001)).await.unwrap().unwrap();
    world.store.complete_file(&a, &Whole { parts: &[], url: "file:///a" }, window(5000)).await.unwrap().unwrap();
    world.store.finalize_session(&finalized, after(6500)).await.unwrap();

    let aborted = world.session().await;
    register(&aborted, "c", 11, 1000).await;
    world.store.abort_session(&aborted, Some("enough"), after(3000)).await.unwrap();

    let (touched, swept) = (world.session().await, world.session().await);
    let c = register(&swept, "d", 13, 1000).await;
    world.store.complete_file(&c, &Whole { parts: &[], url: "file:///d" }, window(2000)).await.unwrap().unwrap();
    let late = 31 * 60_000;
    world.store.session(&touched, after(late)).await.unwrap();
    assert_eq!(outbox.expire_due(after(late + 1), 10).await.unwrap(), 1);

    world.record().await;
    while moving(&outbox).await > 0 {}
    let step = |event: &str, time: i64, files: i64, bytes: i64| {
        let metadata =
            json!({ "user_id": USER, "file_count": files, "total_size_bytes": bytes, "elapsed_time_ms": time });
        (event.to_owned(), after(time), metadata)
    };
    let failed = |time: i64, files: i64, bytes: i64, reason: &str, last: &str| {
        let (event, at, mut metadata) = step("session_failed", time, files, bytes);
        metadata["failure_reason"] = reason.into();
        metadata["step"] = last.into();
        (event, at, metadata)
    };
    let created = || step("session_created", 0, 1, 5);
    let file_of = |bytes: i64, time: i64| step("file_registered", time, 1, bytes);
    for (session, expected) in [
        (
            finalized,
            vec![
                created(),
                file_of(5, 1000),
                file_of(7, 2500),
                step("file_completed", 4001, 1, 7),
                step("file_completed", 5000, 1, 5),
                step("session_finalized", 6500, 2, 12),
            ],
        ),
        (aborted, vec![created(), file_of(11, 1000), failed(3000, 1, 11, "enough", "file_registered")]),
        (touched, vec![created(), failed(late, 0, 0, "expired", "session_created")]),
        (
            swept,
            vec![
                created(),
                file_of(13, 1000),
                step("file_completed", 2000, 1, 13),
                failed(late + 1, 1, 13, "expired", "file_completed"),
            ],
        ),
    ] {
        let sql = "select event_type, created_at, metadata from upload_session_analytics where session_id = $1
            order by created_at";
        let rows = world.database.client().await.query(sql, &[&session.session.0]).await.unwrap();
        let events: Vec<(String, DateTime<Utc>, Value)> =
            rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        assert_eq!(events, expected);
    }
}

/// A clock that panics when it is asked for the first time.
struct BrokenAtFirst(AtomicBool);

impl Clock for BrokenAtFirst {
    fn now(&self) -> DateTime<Utc> {
        assert!(self.0.swap(true, Ordering::SeqCst), "the first time");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_panicked_goes_on() {
    let world = World::new().await;
    let clock = Arc::new(BrokenAtFirst(AtomicBool::new(false)));
    let worker = Worker::start(&world.database.database, clock.clone());
    while !clock.0.load(Ordering::SeqCst) {
        breathe().await;
    }
    world.session().await;
    drained(&world).await;
    worker.stop().await;
    assert_eq!(world.count(ANALYTICS, &[]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_moved_is_set_aside_and_stops_no_other() {
    let world = World::new().await;
    let client = world.database.client().await;
    let refuse = "alter table upload_session_analytics add constraint picky check (metadata ->> 'n' <> '1234')";
    client.batch_execute(refuse).await.unwrap();
    world.session().await;
    let fill = "insert into upload_session_outbox (event_id, session_id, event_type, metadata, created_at)
        select gen_random_uuid(), s.id, 'file_registered', jsonb_build_object('n', n), now()
        from upload_sessions s, generate_series(1, 3000) n";
    client.batch_execute(fill).await.unwrap();
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    while world.count(ANALYTICS, &[]).await < 3000 {
        breathe().await;
    }
    let outbox = world.database.database.outbox();
    // What comes later is moved as well.
    world.session().await;
    while outbox.backlog().await.unwrap().depth > 1 {
        breathe().await;
    }
    assert_eq!(outbox.backlog().await.unwrap(), Backlog { depth: 1, rejected: 1, oldest: None });
    let kept = "select count(*) from upload_session_outbox
        where metadata ->> 'n' = '1234' and rejected_because like '%\"picky\"%'";
    assert_eq!(world.count(kept, &[]).await, 1);

    // Nor does one of a type that the analytics do not know.
    let unknown = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
        select gen_random_uuid(), id, 'session_paused', now() from upload_sessions limit 1";
    client.batch_execute(unknown).await.unwrap();
    while outbox.backlog().await.unwrap().rejected < 2 {
        breathe().await;
    }
    client.batch_execute("delete from upload_session_outbox where event_type = 'session_paused'").await.unwrap();

    let release = "alter table upload_session_analytics drop constraint picky;
        update upload_session_outbox set rejected_because = null";
    client.batch_execute(release).await.unwrap();
    drained(&world).await;
    worker.stop().await;
    assert_eq!(world.count(ANALYTICS, &[]).await, 3002);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_move_each_event_once() {
    let world = World::new().await;
    let fill = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
        select gen_random_uuid(), s.id, 'file_registered', now() from upload_sessions s, generate_series(1, 5000)";
    world.session().await;
    world.database.client().await.batch_execute(fill).await.unwrap();
    let outbox = world.database.database.outbox();
    let moved = many(8, |_| {
        let outbox = outbox.clone();
        async move {
            let mut moved = 0;
            loop {
                match outbox.move_events(97).await.unwrap() {
                    0 => break moved,
                    batch => moved += batch,
                }
            }
        }
    })
    .await;
    assert_eq!(moved.iter().sum::<i64>(), 5000);
    assert_eq!(world.count(ANALYTICS, &[]).await, 5000);
    assert_eq!(world.count(OUTBOX, &[]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_there_already_is_not_doubled_and_one_without_its_session_goes() {
    let world = World::new().await;
    let session = world.session_ending_in(0).await;
    world.store.session(&session, world.now).await.unwrap();
    let client = world.database.client().await;
    let copy = "insert into upload_session_analytics
        select event_id, session_id, event_type, metadata, created_at from upload_session_outbox";
    assert_eq!(client.execute(copy, &[]).await.unwrap(), 1);
    let orphan = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
        values (gen_random_uuid(), gen_random_uuid(), 'session_created', now())";
    client.batch_execute(orphan).await.unwrap();
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    drained(&world).await;
    worker.stop().await;
    assert_eq!(world.count(ANALYTICS, &[]).await, 2);
    client.execute("delete from upload_sessions where id = $1", &[&session.session.0]).await.unwrap();
    assert_eq!(world.count(ANALYTICS, &[]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_go_on_while_the_analytics_table_is_locked() {
    let world = World::new().await;
    let worker = Worker::start(&world.database.database, Arc::new(SystemClock));
    let locker = world.database.client().await;
    locker.batch_execute("begin; lock table upload_session_analytics in access exclusive mode").await.unwrap();
    let session = world.session().await;
    for number in 0..50 {
        world.completed_file(&session, &format!("file-{number}")).await;
    }
    world.store.finalize_session(&session, world.now).await.unwrap();
    locker.batch_execute("rollback").await.unwrap();
    drained(&world).await;
    worker.stop().await;
    assert_eq!(world.count(ANALYTICS, &[]).await, 1 + 50 + 50 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_though_requests_are_never_few() {
    let world = World::new().await;
    let database = &world.database.database;
    let few = || timeout(Duration::from_secs(1), database.few_requests());
    let mut requests = Vec::new();
    while few().await.is_ok() {
        requests.push(database.connection().await.unwrap());
    }
    assert_eq!(requests.len(), DatabaseSettings::new("").max_connections / 4 + 1);
    let session = world.session().await;
    world.completed_file(&session, "a").await;
    let worker = Worker::start(database, Arc::new(SystemClock));
    drained(&world).await;
    assert!(few().await.is_err());
    assert_eq!(world.count(ANALYTICS, &[]).await, 3);
    drop(requests);
    few().await.unwrap();
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_nobody_touches_any_more_are_recorded_as_expired_once() {
    let world = World::new().await;
    let alive = world.session().await;
    for _ in 0..20 {
        world.session_ending_in(1).await;
    }
    let due = world.now + TimeDelta::minutes(1);
    let outbox = world.database.database.outbox();
    let expired = many(8, |_| {
        let outbox = outbox.clone();
        async move { outbox.expire_due(due, 7).await.unwrap() + outbox.expire_due(due, 100).await.unwrap() }
    })
    .await;
    let left = outbox.expire_due(due, 100).await.unwrap();
    assert_eq!(expired.iter().sum::<i64>() + left, 20);
    assert_eq!(
        world.count("select count(*) from upload_session_outbox where event_type = 'session_failed'", &[]).await,
        20
    );
    assert_eq!(world.events(&alive, "session_failed").await, 0);
}

#[tokio::test]
async fn the_backlog_tells_how_many_wait_and_since_when() {
    let world = World::new().await;
    let outbox = world.database.database.outbox();
    assert_eq!(outbox.backlog().await.unwrap(), Default::default());
    let session = world.session_ending_in(0).await;
    world.store.session(&session, world.now).await.unwrap();
    let backlog = outbox.backlog().await.unwrap();
    assert_eq!((backlog.depth, backlog.oldest), (1, Some(world.now)));
}

#[tokio::test]
async fn idempotency_keys_that_are_free_again_are_forgotten_a_batch_at_a_time_and_no_others() {
    let world = World::new().await;
    let client = world.database.client().await;
    let fill =
        "insert into upload_session_idempotency_keys (user_id, idempotency_key, request_hash, answer, created_at)
        select 'ada', n::text, '', '{}', $1::timestamptz - n * interval '1 hour' from generate_series(1, 33) n";
    client.execute(fill, &[&world.now]).await.unwrap();
    // One that is being used anew in this moment: neither forgotten nor waited for.
    client
        .batch_execute("begin; select from upload_session_idempotency_keys where idempotency_key = '30' for update")
        .await
        .unwrap();
    let outbox = world.database.database.outbox();
    let mut forgotten = Vec::new();
    for _ in 0..4 {
        forgotten.push(outbox.forget_idempotency_keys(world.now, 4).await.unwrap());
    }
    assert_eq!(forgotten, [4, 4, 1, 0]);
    client.batch_execute("rollback").await.unwrap();
    assert_eq!(outbox.forget_idempotency_keys(world.now, 4).await.unwrap(), 1);
    assert_eq!(world.count("select count(*) from upload_session_idempotency_keys", &[]).await, 23);
}
