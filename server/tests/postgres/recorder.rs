//! Events of new rows: those that a crash has swallowed are found, and none is there twice.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use upload_server::{
    domain::{
        DomainError,
        ports::{NewSession, SessionAddress, SessionStore},
    },
    postgres::{Database, DatabaseSettings, PgRecorder},
};

use crate::support::*;

const ANALYTICS: &str = "select count(*) from upload_session_analytics";
const EVENTS: &str = "select event_id::text, event_type, created_at, metadata from upload_session_analytics where session_id = $1 order by 1";

/// Another process on the same database, which knows of no event of this one.
fn another(world: &World) -> Database {
    world.database.another()
}

/// Looks at all new rows.
async fn look(recorder: &PgRecorder) {
    let mut look = recorder.begin_look_at_once(Utc::now()).await.unwrap();
    while let Some(next) = look {
        look = recorder.go_on(next).await.unwrap();
    }
}

async fn events(world: &World, session: &SessionAddress) -> Vec<(String, String, DateTime<Utc>, Option<Value>)> {
    let rows = world.database.client().await.query(EVENTS, &[&session.session.0]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_were_lost_are_found_as_they_would_have_been_and_once() {
    let world = World::new().await;
    let session = world.session_ending_in(25).await;
    world.register(&session, "a").await;
    world.completed_file(&session, "b").await;
    many(4, |_| {
        let recorder = another(&world).recorder();
        async move { look(&recorder).await }
    })
    .await;
    let found = events(&world, &session).await;
    let types: Vec<&str> = found.iter().map(|(_, event_type, ..)| event_type.as_str()).collect();
    assert_eq!(types, ["session_created", "file_registered", "file_registered"]);

    // They were not lost after all.
    assert_eq!(world.record().await, 3);
    assert_eq!(events(&world, &session).await, found);
    world.database.client().await.batch_execute("delete from upload_session_analytics").await.unwrap();
    let told = world.session_ending_in(25).await;
    assert_eq!(world.record().await, 1);
    let [(_, event_type, at, metadata)] = &events(&world, &told).await[..] else { panic!("one event") };
    assert_eq!((event_type.as_str(), *at, metadata), ("session_created", found[0].2, &found[0].3));
}

#[tokio::test]
async fn a_look_goes_through_all_pages() {
    let world = World::new().await;
    let fill = "
        with made as (
          insert into upload_sessions (id, user_id, expires_at)
          select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7000' ||
            lpad(to_hex(n), 16, '8'))::uuid, 'ada', now() + interval '1 hour'
          from generate_series(1, 1234) n
          returning id
        )
        insert into upload_session_files (id, session_id, user_id, file_key, file_size_bytes)
        select (left(id::text, 15) || '1' || right(id::text, 20))::uuid, id, 'ada', 'a', 5 from made";
    world.database.client().await.batch_execute(fill).await.unwrap();
    let recorder = world.database.database.recorder();
    let (mut look, mut pages) = (recorder.begin_look_at_once(Utc::now()).await.unwrap(), 0);
    while let Some(next) = look {
        // Rows that are added meanwhile do not keep it from ending.
        world.session().await;
        look = recorder.go_on(next).await.unwrap();
        pages += 1;
    }
    assert_eq!(pages, 6);
    assert!(world.count(ANALYTICS, &[]).await >= 2 * 1234);
}

#[tokio::test]
async fn events_of_servers_of_earlier_versions_are_not_doubled() {
    let world = World::new().await;
    let (moved, waiting) = (world.session().await, world.session().await);
    let client = world.database.client().await;
    for (session, table) in [(&moved, "upload_session_analytics"), (&waiting, "upload_session_outbox")] {
        let file = world.register(session, "a").await.0;
        let sql = format!(
            "insert into {table} (event_id, session_id, event_type, created_at)
             select gen_random_uuid(), session_id, 'file_registered', created_at from upload_session_files where id = $1
             union all
             select gen_random_uuid(), id, 'session_created', created_at from upload_sessions where id = $2"
        );
        client.execute(&sql, &[&file.file.0, &session.session.0]).await.unwrap();
    }
    look(&another(&world).recorder()).await;
    while world.database.database.outbox().move_events(10).await.unwrap() > 0 {}
    assert_eq!(world.count(ANALYTICS, &[]).await, 4);
}

#[tokio::test]
async fn an_event_that_is_refused_is_set_aside_and_stops_no_other() {
    let world = World::new().await;
    let client = world.database.client().await;
    let refuse = "alter table upload_session_analytics add constraint picky check (metadata ->> 'user_id' <> 'eve')";
    client.batch_execute(refuse).await.unwrap();
    for number in 0..20 {
        let owner = user(if number == 13 { "eve" } else { USER });
        world.store.create_session(&NewSession { owner, ..world.new_session(vec![]) }).await.unwrap();
    }
    assert_eq!(world.record().await, 20);
    look(&another(&world).recorder()).await;
    assert_eq!(world.count(ANALYTICS, &[]).await, 19);
    let aside = "select count(*) from upload_session_outbox where rejected_because like '%picky%'";
    assert_eq!(world.count(aside, &[]).await, 1);
    let release = "alter table upload_session_analytics drop constraint picky;
        update upload_session_outbox set rejected_because = null";
    client.batch_execute(release).await.unwrap();
    assert_eq!(world.database.database.outbox().move_events(10).await.unwrap(), 1);
    let told = "select count(*) from upload_session_analytics where metadata ->> 'user_id' = 'eve'
        and (metadata -> 'elapsed_time_ms')::bigint = 0";
    assert_eq!(world.count(told, &[]).await, 1);
}

#[tokio::test]
async fn events_wait_while_what_fails_is_not_theirs() {
    let world = World::new().await;
    world.session().await;
    let client = world.database.client().await;
    let forbid = "create function forbid() returns trigger language plpgsql as
          $$ begin raise 'not allowed' using errcode = 'insufficient_privilege'; end $$;
        create trigger forbidden before insert on upload_session_analytics execute function forbid()";
    client.batch_execute(forbid).await.unwrap();
    let recorder = world.database.database.recorder();
    assert!(matches!(recorder.record(10).await, Err(DomainError::Internal(_))));
    assert_eq!(world.database.database.events().depth().0, 1);
    assert_eq!(world.count("select count(*) from upload_session_outbox", &[]).await, 0);
    client.batch_execute("drop trigger forbidden on upload_session_analytics").await.unwrap();
    assert_eq!(world.record().await, 1);
    assert_eq!(world.count(ANALYTICS, &[]).await, 1);
}

/// Creates a session on a database whose sessions are locked, and waits until it waits for them.
async fn waiting_for_a_lock(
    world: &World,
    client: &Client,
    database: &Database,
) -> JoinHandle<Result<(), DomainError>> {
    let (store, new) = (database.sessions(), world.new_session(vec![]));
    let call = tokio::spawn(async move { store.create_session(&new).await.map(drop) });
    let waiting = "select from pg_locks where relation = 'upload_sessions'::regclass and not granted";
    eventually(async || !client.query(waiting, &[]).await.unwrap().is_empty()).await;
    call
}

#[tokio::test]
async fn a_call_whose_outcome_is_not_known_leaves_a_doubt_and_others_do_not() {
    let world = World::new().await;
    let client = world.database.client().await;
    // What ends it on the server's side would come at the same time, and is an outcome.
    let settings = DatabaseSettings::new(format!("{} options='-c statement_timeout=0'", world.database.url));
    let [given_up, late] = [another(&world), Database::new(&settings).unwrap()];
    for database in [&given_up, &late] {
        database.sessions().create_session(&world.new_session(vec![])).await.unwrap();
        assert!(!database.events().take_doubt());
    }
    client.batch_execute("begin; lock upload_sessions in exclusive mode").await.unwrap();

    waiting_for_a_lock(&world, &client, &given_up).await.abort();
    eventually(async || given_up.events().take_doubt()).await;
    given_up.all_cancelled().await;

    let outcome = waiting_for_a_lock(&world, &client, &late).await.await.unwrap();
    assert!(matches!(outcome, Err(DomainError::Unavailable(_))), "{outcome:?}");
    assert!(late.events().take_doubt() && !late.events().take_doubt());
}

#[tokio::test]
async fn the_event_of_a_session_that_is_gone_goes_with_it() {
    let world = World::new().await;
    let (gone, stays) = (world.session().await, world.session().await);
    let client = world.database.client().await;
    client.execute("delete from upload_sessions where id = $1", &[&gone.session.0]).await.unwrap();
    assert_eq!(world.record().await, 2);
    assert_eq!(world.count(ANALYTICS, &[]).await, 1);
    assert_eq!(world.events(&stays, "session_created").await, 1);
}

#[tokio::test]
async fn processes_take_turns_to_look_and_a_clock_that_was_ahead_hides_nothing() {
    let world = World::new().await;
    let recorder = world.database.database.recorder();
    let (now, interval) = (Utc::now(), Duration::from_secs(30));
    assert!(recorder.begin_look(now, interval).await.unwrap().is_some());
    assert!(another(&world).recorder().begin_look(now + TimeDelta::seconds(29), interval).await.unwrap().is_none());
    assert!(another(&world).recorder().begin_look(now + TimeDelta::seconds(31), interval).await.unwrap().is_some());

    let mut ahead = recorder.begin_look_at_once(now + TimeDelta::days(100)).await.unwrap();
    while let Some(look) = ahead {
        ahead = recorder.go_on(look).await.unwrap();
    }
    world.session().await;
    let recorder = another(&world).recorder();
    let mut again = recorder.begin_look(now + TimeDelta::seconds(40), interval).await.unwrap();
    assert!(again.is_some());
    while let Some(look) = again {
        again = recorder.go_on(look).await.unwrap();
    }
    assert_eq!(world.count(ANALYTICS, &[]).await, 1);
}
