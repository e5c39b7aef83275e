//! createSession and getSession.

use upload_server::domain::{
    DomainError, SessionId,
    model::SessionCreated,
    model::SessionStatus,
    ports::{NewSession, SessionAddress, SessionStore, Whole},
};

use crate::support::*;

/// A world in which the user has completed a file of 5 bytes whose hash is all `a`, at `file:///first`.
async fn with_an_earlier_upload() -> World {
    let world = World::new().await;
    let session = world.session().await;
    let new = world.new_file(&session, "first");
    let new = upload_server::domain::ports::NewFile { declaration: hashed("first", 5, 'a'), ..new };
    world.store.register_file(&new).await.unwrap();
    world
        .store
        .complete_file(&new.address, &Whole { parts: &[], url: "file:///first" }, world.window())
        .await
        .unwrap()
        .unwrap();
    world
}

#[tokio::test]
async fn a_session_is_read_as_it_was_created() {
    let world = World::new().await;
    let session = world.session().await;
    let open = world.file_with_part(&session, "b").await;
    let completed = world.completed_file(&session, "a").await;
    let read = world.store.session(&session, world.now).await.unwrap();
    assert_eq!(read.status, SessionStatus::Active);
    assert_eq!(read.part_size_bytes, 5_242_880);
    assert_eq!(read.created_at, world.now);
    assert_eq!(read.files.iter().map(|file| file.id).collect::<Vec<_>>(), [open.file, completed.file]);
    assert_eq!(read.files[0].parts, [part(1)]);
    assert_eq!(read.files[1].parts, [], "the parts of a completed file are nobody's business");
    assert_eq!(read.files[1].url.as_deref(), Some("file:///a"));
}

#[tokio::test]
async fn another_users_session_is_not_there() {
    let world = World::new().await;
    let session = world.session().await;
    let address = world.file_with_part(&session, "a").await;
    let stranger = SessionAddress { owner: user("stranger"), ..session.clone() };
    assert!(matches!(world.store.session(&stranger, world.now).await, Err(DomainError::NotFound("session"))));
    assert!(matches!(world.store.finalize_session(&stranger, world.now).await, Err(DomainError::NotFound("session"))));
    assert!(matches!(
        world.store.abort_session(&stranger, None, world.now).await,
        Err(DomainError::NotFound("session"))
    ));
    let file = upload_server::domain::ports::FileAddress { owner: user("stranger"), ..address };
    assert!(matches!(world.store.open_file(&file, world.now).await, Err(DomainError::NotFound("session"))));
    assert!(matches!(
        world.store.record_part(&file, &token(), &part(1), world.window()).await,
        Err(DomainError::NotFound("session"))
    ));
    assert!(matches!(
        world.store.complete_file(&file, &whole("file:///x"), world.window()).await,
        Err(DomainError::NotFound(_))
    ));
    let new = world.new_file(&stranger, "b");
    assert!(matches!(world.store.register_file(&new).await, Err(DomainError::NotFound("session"))));
}

#[tokio::test]
async fn a_file_that_was_uploaded_before_is_a_duplicate_and_creates_nothing() {
    let world = with_an_earlier_upload().await;
    let sessions = world.count("select count(*) from upload_sessions", &[]).await;
    let new = world.new_session(vec![file("other", 5), hashed("renamed", 5, 'a')]);
    let Err(DomainError::DuplicateFiles(duplicates)) = world.store.create_session(&new).await else { panic!() };
    assert_eq!(duplicates.len(), 1);
    assert_eq!(duplicates[0].key, "renamed");
    assert_eq!(duplicates[0].existing_url, "file:///first");
    assert_eq!(world.count("select count(*) from upload_sessions", &[]).await, sessions);
}

#[tokio::test]
async fn duplicates_can_be_allowed_and_are_told_all_the_same() {
    let world = with_an_earlier_upload().await;
    let new = NewSession { allow_duplicates: true, ..world.new_session(vec![hashed("again", 5, 'a')]) };
    let created = world.store.create_session(&new).await.unwrap();
    assert_eq!(created.duplicates[0].existing_url, "file:///first");
    assert_eq!(created.session, new.id);
}

#[tokio::test]
async fn detection_is_per_user_size_and_hash_and_needs_a_completed_file() {
    let world = with_an_earlier_upload().await;
    let stranger = NewSession { owner: user("stranger"), ..world.new_session(vec![hashed("x", 5, 'a')]) };
    world.store.create_session(&stranger).await.unwrap();
    world.store.create_session(&world.new_session(vec![hashed("x", 6, 'a'), hashed("y", 5, 'b')])).await.unwrap();
    world.store.create_session(&world.new_session(vec![file("x", 5)])).await.unwrap();

    let session = world.session().await;
    let new = world.new_file(&session, "open");
    let new = upload_server::domain::ports::NewFile { declaration: hashed("open", 5, 'c'), ..new };
    world.store.register_file(&new).await.unwrap();
    world.store.create_session(&world.new_session(vec![hashed("x", 5, 'c')])).await.unwrap();
}

#[tokio::test]
async fn a_repeat_with_the_same_idempotency_key_gets_the_first_answer() {
    let world = with_an_earlier_upload().await;
    let first = NewSession {
        allow_duplicates: true,
        idempotency: promise("k", 1),
        ..world.new_session(vec![hashed("again", 5, 'a')])
    };
    let repeat = NewSession {
        id: SessionId::generate(),
        expires_at: first.expires_at + chrono::TimeDelta::minutes(1),
        ..first.clone()
    };
    let created = world.store.create_session(&first).await.unwrap();
    assert!(!created.repeated);
    let again = world.store.create_session(&repeat).await.unwrap();
    assert_eq!(again, SessionCreated { repeated: true, ..created });
    let sessions = "select count(*) from upload_sessions where id = any($1)";
    assert_eq!(world.count(sessions, &[&vec![first.id.0, repeat.id.0]]).await, 1);

    let other = NewSession { id: SessionId::generate(), idempotency: promise("k", 2), ..first.clone() };
    let Err(DomainError::Invalid(violations)) = world.store.create_session(&other).await else { panic!() };
    assert_eq!(violations[0].path, "Idempotency-Key");
    let stranger = NewSession { id: SessionId::generate(), owner: user("stranger"), ..other };
    world.store.create_session(&stranger).await.unwrap();
}

#[tokio::test]
async fn an_idempotency_key_is_free_again_after_a_day() {
    let world = World::new().await;
    let first = NewSession { idempotency: promise("k", 1), ..world.new_session(vec![file("a", 5)]) };
    world.store.create_session(&first).await.unwrap();
    let day = chrono::TimeDelta::hours(24);
    let later = NewSession { id: SessionId::generate(), now: first.now + day, idempotency: promise("k", 2), ..first };
    assert_eq!(world.store.create_session(&later).await.unwrap().session, later.id);
}

#[tokio::test]
async fn of_many_repeats_at_once_one_creates_the_session() {
    let world = World::new().await;
    let first = NewSession { idempotency: promise("k", 1), ..world.new_session(vec![file("a", 5)]) };
    let answers = many(64, |_| {
        let (store, new) = (world.store.clone(), NewSession { id: SessionId::generate(), ..first.clone() });
        async move { store.create_session(&new).await.unwrap().session }
    })
    .await;
    assert!(answers.iter().all(|session| *session == answers[0]));
    assert_eq!(world.count("select count(*) from upload_sessions", &[]).await, 1);
    assert_eq!(world.record().await, 1);
}

#[tokio::test]
async fn an_expired_session_is_read_as_failed_and_recorded_once() {
    let world = World::new().await;
    let session = world.session_ending_in(0).await;
    for _ in 0..2 {
        let read = world.store.session(&session, world.now).await.unwrap();
        assert_eq!(read.status, SessionStatus::Failed);
        assert_eq!(read.failure_reason.as_deref(), Some("expired"));
    }
    assert_eq!(world.events(&session, "session_failed").await, 1);
}

#[tokio::test]
async fn a_value_that_the_database_cannot_hold_is_the_clients_fault() {
    let world = World::new().await;
    let new = world.new_session(vec![hashed("nul", 5, '\0')]);
    assert!(matches!(world.store.create_session(&new).await, Err(DomainError::BadRequest(_))));
}
