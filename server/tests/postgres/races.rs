//! Many calls at once, from two pools as from two server processes: each step happens once.

use std::sync::Arc;

use chrono::TimeDelta;
use upload_server::{
    domain::{
        DomainError,
        extension::ExtensionPolicy,
        model::SessionStatus,
        ports::{NewFile, SessionStore},
    },
    postgres::PgSessions,
};

use crate::support::*;

const CALLS: usize = 64;
const ROUNDS: usize = 5;

/// One store per server process.
fn processes(world: &World) -> [Arc<PgSessions>; 2] {
    [world.store.clone(), Arc::new(world.other.sessions())]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_registrations_extends_the_session() {
    let world = World::new().await;
    let processes = processes(&world);
    for _ in 0..ROUNDS {
        let session = world.session_ending_in(5).await;
        let extended = many(CALLS, |call| {
            let (store, new) = (processes[call % 2].clone(), world.new_file(&session, &format!("file-{call}")));
            async move { store.register_file(&new).await.unwrap().activity.extension.is_some() }
        })
        .await;
        assert_eq!(extended.iter().filter(|extended| **extended).count(), 1);
        assert_eq!(world.events(&session, "file_registered").await, CALLS as i64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_registrations_takes_the_key() {
    let world = World::new().await;
    let processes = processes(&world);
    let session = world.session().await;
    let taken = many(CALLS, |call| {
        let (store, new) = (processes[call % 2].clone(), world.new_file(&session, "the-one"));
        async move { store.register_file(&new).await }
    })
    .await;
    assert_eq!(taken.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(
        taken
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(|error| matches!(error, DomainError::FileExists(_)))
    );
    assert_eq!(world.events(&session, "file_registered").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_completions_complete_a_file_once() {
    let world = World::new().await;
    let processes = processes(&world);
    for _ in 0..ROUNDS {
        let session = world.session_ending_in(5).await;
        let address = world.file_with_part(&session, "a").await;
        let answers = many(CALLS, |call| {
            let (store, address, window) = (processes[call % 2].clone(), address.clone(), world.window());
            async move {
                store
                    .complete_file(&address, &whole(&format!("file:///{call}")), window)
                    .await
                    .unwrap()
                    .unwrap()
                    .file
                    .url
            }
        })
        .await;
        assert!(answers.iter().all(|url| *url == answers[0]));
        assert_eq!(world.events(&session, "file_completed").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_finalizations_finalize_a_session_once() {
    let world = World::new().await;
    let processes = processes(&world);
    for _ in 0..ROUNDS {
        let session = world.session().await;
        world.completed_file(&session, "a").await;
        let answers = many(CALLS, |call| {
            let (store, session, now) = (processes[call % 2].clone(), session.clone(), world.now);
            async move { store.finalize_session(&session, now).await.unwrap() }
        })
        .await;
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(world.events(&session, "session_finalized").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_on_an_expired_session_record_it_once() {
    let world = World::new().await;
    let processes = processes(&world);
    for _ in 0..ROUNDS {
        let session = world.session_ending_in(0).await;
        let answers = many(CALLS, |call| {
            let (store, new) = (processes[call % 2].clone(), world.new_file(&session, &format!("file-{call}")));
            let (session, now) = (session.clone(), world.now);
            async move {
                let address = &new.address;
                let refused = match call % 8 {
                    0 => {
                        let read = store.session(&session, now).await.unwrap();
                        assert_eq!(read.status, SessionStatus::Failed);
                        return;
                    }
                    // Who gives an expired session up gets what he wants.
                    1 => return drop(store.abort_session(&session, None, now).await.unwrap()),
                    2 => store.finalize_session(&session, now).await.err(),
                    3 => store.open_file(address, now).await.err(),
                    7 => store.extend_session(&session, new.window).await.err(),
                    4 => store.record_part(address, &token(), &part(1), new.window).await.err(),
                    5 => store.complete_file(address, &whole("file:///a"), new.window).await.err(),
                    _ => store.register_file(&new).await.err(),
                };
                assert!(matches!(refused, Some(DomainError::SessionExpired(_))), "{refused:?}");
            }
        })
        .await;
        assert_eq!(answers.len(), CALLS);
        assert_eq!(world.events(&session, "session_failed").await, 1);
    }
}

/// A server whose clock is behind may still finalize what is over for another. Then it is finalized for both.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_at_its_end_is_finalized_or_expired_and_never_both() {
    let world = World::new().await;
    let processes = processes(&world);
    for round in 0..ROUNDS * 8 {
        let session = world.session_ending_in(1).await;
        world.completed_file(&session, "first").await;
        // Activity has moved the end.
        let end = world.store.session(&session, world.now).await.unwrap().expires_at;
        let ended = many(16, |call| {
            let (store, new) = (processes[call % 2].clone(), world.new_file(&session, &format!("file-{call}")));
            let session = session.clone();
            async move {
                if call == round % 16 {
                    return store.finalize_session(&session, end - TimeDelta::microseconds(1)).await.err();
                }
                let window = ExtensionPolicy::default().at(end + TimeDelta::microseconds(1));
                store.register_file(&NewFile { window, ..new }).await.err().or(Some(DomainError::FileCompleted))
            }
        })
        .await;
        let finalized = ended.iter().any(Option::is_none);
        for error in ended.into_iter().flatten() {
            match error {
                DomainError::SessionExpired(_) => assert!(!finalized),
                DomainError::SessionNotActive(SessionStatus::Completed) => assert!(finalized),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.events(&session, "session_finalized").await, i64::from(finalized));
        assert_eq!(world.events(&session, "session_failed").await, i64::from(!finalized));
    }
}

/// A file must never come in behind the back of a finalization, whoever wins.
#[tokio::test(flavor = "multi_thread")]
async fn a_finalized_session_has_no_file_that_its_finalization_did_not_see() {
    let world = World::new().await;
    let processes = processes(&world);
    for _ in 0..ROUNDS * 4 {
        let session = world.session().await;
        world.completed_file(&session, "first").await;
        many(16, |call| {
            let (store, new) = (processes[call % 2].clone(), world.new_file(&session, &format!("file-{call}")));
            let (session, now) = (session.clone(), world.now);
            async move {
                if call == 8 {
                    drop(store.finalize_session(&session, now).await);
                } else {
                    drop(store.register_file(&NewFile { window: ExtensionPolicy::default().at(now), ..new }).await);
                }
            }
        })
        .await;
        let open_files_of_finalized = world
            .count(
                "select count(*) from upload_session_files f join upload_sessions s on s.id = f.session_id
                 where s.id = $1 and s.status = 'completed' and f.status <> 'completed'",
                &[&session.session.0],
            )
            .await;
        assert_eq!(open_files_of_finalized, 0);
    }
}

/// The last register of a session may still be under way when the session is found to have expired.
#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_tells_of_the_file_that_came_in_at_the_last_moment() {
    let world = World::new().await;
    let session = world.session_ending_in(1).await;
    let late = world.now + TimeDelta::minutes(2);
    let client = world.database.client().await;
    client
        .batch_execute(&format!(
            "begin; select from upload_sessions where id = '{}' for no key update",
            session.session.0
        ))
        .await
        .unwrap();
    let reading = tokio::spawn({
        let (store, session) = (world.store.clone(), session.clone());
        async move { store.session(&session, late).await }
    });
    let blocked =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.count(blocked, &[]).await == 0 {
        breathe().await;
    }
    let register = "insert into upload_session_files (session_id, user_id, file_key, file_size_bytes, created_at)
        values ($1, $2, 'a', 5, $3)";
    client.execute(register, &[&session.session.0, &USER, &world.now]).await.unwrap();
    client.batch_execute("commit").await.unwrap();
    assert_eq!(reading.await.unwrap().unwrap().status, SessionStatus::Failed);
    let told = "select count(*) from upload_session_outbox where session_id = $1 and event_type = 'session_failed'
        and file_count = 1 and total_size_bytes = 5 and failure_step = 'file_registered'";
    assert_eq!(world.count(told, &[&session.session.0]).await, 1);
}
