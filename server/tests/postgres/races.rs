//! Many calls at once, from two pools as from two server processes: each step happens once.

use std::sync::Arc;

use upload_server::{
    domain::{
        DomainError,
        extension::ExtensionPolicy,
        ports::{NewFile, SessionStore},
    },
    postgres::PgSessions,
};

use crate::support::*;

const CALLS: usize = 64;
const ROUNDS: usize = 5;

/// One store per server process.
fn processes(world: &World) -> [Arc<PgSessions>; 2] {
    [world.store.clone(), Arc::new(world.database.another().sessions())]
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
            async move { store.complete_file(&address, &format!("file:///{call}"), window).await.unwrap().file.url }
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
                match call % 3 {
                    0 => store.session(&session, now).await.is_ok(),
                    1 => matches!(store.finalize_session(&session, now).await, Err(DomainError::SessionExpired(_))),
                    _ => matches!(store.register_file(&new).await, Err(DomainError::SessionExpired(_))),
                }
            }
        })
        .await;
        assert!(answers.iter().all(|answer| *answer));
        assert_eq!(world.events(&session, "session_failed").await, 1);
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
