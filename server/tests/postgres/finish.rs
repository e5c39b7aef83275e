//! finalizeSession and abortSession.

use chrono::TimeDelta;
use upload_server::domain::{
    DomainError,
    model::{FileStatus, SessionStatus},
    ports::{NewFile, SessionAddress, SessionStore, Upload, Whole},
};

use crate::support::*;

#[tokio::test]
async fn finalizing_again_gives_the_same_answer_and_one_event() {
    let world = World::new().await;
    let session = world.session().await;
    world.completed_file(&session, "a").await;
    world.completed_file(&session, "b").await;
    let first = world.store.finalize_session(&session, world.now).await.unwrap();
    assert_eq!((first.file_count, first.total_size_bytes, first.finalized_at), (2, 10, world.now));
    let later = world.now + TimeDelta::hours(30);
    assert_eq!(world.store.finalize_session(&session, later).await.unwrap(), first);
    assert_eq!(world.events(&session, "session_finalized").await, 1);
    assert_eq!(world.store.session(&session, later).await.unwrap().status, SessionStatus::Completed);
}

#[tokio::test]
async fn a_session_with_open_files_or_none_is_not_finalized() {
    let world = World::new().await;
    let session = world.session().await;
    let refused = world.store.finalize_session(&session, world.now).await;
    assert!(matches!(refused, Err(DomainError::FilesIncomplete { open_files: 0 })));
    world.completed_file(&session, "a").await;
    world.register(&session, "b").await;
    let refused = world.store.finalize_session(&session, world.now).await;
    assert!(matches!(refused, Err(DomainError::FilesIncomplete { open_files: 1 })));
    assert_eq!(world.store.session(&session, world.now).await.unwrap().status, SessionStatus::Active);
}

#[tokio::test]
async fn an_aborted_session_fails_for_the_clients_reason_without_its_files() {
    let world = World::new().await;
    let session = world.session().await;
    let completed = world.completed_file(&session, "a").await;
    let open = world.file_with_part(&session, "b").await;
    world.register(&session, "c").await;
    let aborted = world.store.abort_session(&session, Some("changed my mind"), world.now).await.unwrap();
    let uploads = [completed.file, open.file].map(|file| Upload { file, token: token() });
    assert_eq!(aborted.uploads, uploads);

    let read = world.store.session(&session, world.now).await.unwrap();
    assert_eq!(read.status, SessionStatus::Failed);
    assert_eq!(read.failure_reason.as_deref(), Some("changed my mind"));
    assert!(read.files.iter().all(|file| file.status == FileStatus::Registered && file.parts.is_empty()));
    let again = world.store.abort_session(&session, Some("again"), world.now).await.unwrap();
    assert_eq!(again, aborted, "a repeat removes what a crash left");
    assert_eq!(world.events(&session, "session_failed").await, 1);
}

#[tokio::test]
async fn what_an_aborted_session_held_is_no_earlier_upload() {
    let world = World::new().await;
    let session = world.session().await;
    let new = NewFile { declaration: hashed("a", 5, 'a'), ..world.new_file(&session, "a") };
    world.store.register_file(&new).await.unwrap();
    world
        .store
        .complete_file(&new.address, &Whole { parts: &[], url: "file:///a" }, world.window())
        .await
        .unwrap()
        .unwrap();
    world.store.abort_session(&session, None, world.now).await.unwrap();
    world.store.create_session(&world.new_session(vec![hashed("a", 5, 'a')])).await.unwrap();
}

#[tokio::test]
async fn a_completed_session_cannot_be_aborted() {
    let world = World::new().await;
    let session = world.session().await;
    world.completed_file(&session, "a").await;
    world.store.finalize_session(&session, world.now).await.unwrap();
    let refused = world.store.abort_session(&session, None, world.now).await;
    assert!(matches!(refused, Err(DomainError::SessionNotActive(SessionStatus::Completed))));
}

#[tokio::test]
async fn aborting_an_expired_session_records_the_expiry() {
    let world = World::new().await;
    let session = world.session_ending_in(0).await;
    assert_eq!(world.store.abort_session(&session, Some("late"), world.now).await.unwrap().uploads, []);
    let read = world.store.session(&session, world.now).await.unwrap();
    assert_eq!(read.failure_reason.as_deref(), Some("expired"));
    assert_eq!(world.events(&session, "session_failed").await, 1);
}

/// How a session ends: by itself, noticed by a request or by the worker, or by its client.
#[derive(Clone, Copy, Debug)]
enum End {
    Touched,
    Swept,
    Aborted(Option<&'static str>),
}

impl End {
    async fn come(self, world: &World, session: &SessionAddress) {
        let late = world.now + TimeDelta::hours(1);
        match self {
            Self::Touched => drop(world.store.session(session, late).await.unwrap()),
            Self::Swept => assert!(world.database.database.outbox().expire_due(late, 100).await.unwrap() > 0),
            Self::Aborted(reason) => drop(world.store.abort_session(session, reason, world.now).await.unwrap()),
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_with_a_file_of_another_content_than_declared_has_failed_for_that() {
    let world = World::new().await;
    for (end, without, with) in [
        (End::Touched, "expired", "hash_mismatch"),
        (End::Swept, "expired", "hash_mismatch"),
        (End::Aborted(None), "aborted", "hash_mismatch"),
        (End::Aborted(Some("enough")), "enough", "enough"),
    ] {
        for mismatch in [false, true] {
            let session = world.session().await;
            let file = world.file_with_part(&session, "a").await.file;
            if mismatch {
                world.store.record_hash_mismatch(file, world.now).await.unwrap();
                world.store.record_hash_mismatch(file, world.now).await.unwrap();
            }
            end.come(&world, &session).await;
            let expected = if mismatch { with } else { without };
            let read = world.store.session(&session, world.now).await.unwrap();
            assert_eq!(read.failure_reason.as_deref(), Some(expected), "{end:?}");
            let told =
                "select count(*) from upload_session_outbox where session_id = $1 and event_type = 'session_failed'
                and failure_reason = $2 and failure_step = 'file_registered'";
            assert_eq!(world.count(told, &[&session.session.0, &expected]).await, 1, "{end:?}");
            assert_eq!(world.events(&session, "session_failed").await, 1, "{end:?}");
        }
    }
}

#[tokio::test]
async fn a_mismatch_that_was_mended_is_forgotten() {
    let world = World::new().await;
    let session = world.session().await;
    let mended = world.file_with_part(&session, "a").await;
    world.store.record_hash_mismatch(mended.file, world.now).await.unwrap();
    world.store.complete_file(&mended, &whole("file:///a"), world.window()).await.unwrap().unwrap();
    // An attempt that was refused before, and is recorded after.
    world.store.record_hash_mismatch(mended.file, world.now).await.unwrap();
    world.register(&session, "b").await;
    world.store.abort_session(&session, None, world.now).await.unwrap();
    let read = world.store.session(&session, world.now).await.unwrap();
    assert_eq!(read.failure_reason.as_deref(), Some("aborted"));
}

#[tokio::test]
async fn a_client_whose_reason_is_the_word_expired_has_not_expired() {
    let world = World::new().await;
    let session = world.session().await;
    world.store.abort_session(&session, Some("expired"), world.now).await.unwrap();
    let refused = world.store.register_file(&world.new_file(&session, "a")).await;
    assert!(matches!(refused, Err(DomainError::SessionNotActive(SessionStatus::Failed))));
}
