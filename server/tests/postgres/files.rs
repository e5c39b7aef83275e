//! registerFile, uploadPart and completeFile: what they store, refuse and extend.

use chrono::TimeDelta;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use upload_server::domain::{
    DomainError, FileId,
    extension::{Extension, ExtensionPolicy},
    model::{FileRegistered, FileStatus, Part, SessionStatus},
    ports::{FileAddress, NewFile, SessionStore, Upload, UploadToken, Whole},
};

use crate::support::*;

#[tokio::test]
async fn a_file_is_registered_with_its_number_of_parts_and_an_event() {
    let world = World::new().await;
    let session = world.session().await;
    let new = NewFile { declaration: file("a", 5_242_881), ..world.new_file(&session, "a") };
    let registered = world.store.register_file(&new).await.unwrap();
    assert_eq!(registered.file, new.address.file);
    assert_eq!(registered.part_count, 2);
    assert_eq!(registered.activity.extension, None);
    assert_eq!(world.events(&session, "file_registered").await, 1);
}

#[tokio::test]
async fn a_key_is_taken_once_in_a_session() {
    let world = World::new().await;
    let session = world.session().await;
    world.register(&session, "a").await;
    let again = world.store.register_file(&world.new_file(&session, "a")).await;
    assert!(matches!(again, Err(DomainError::FileExists(key)) if key == "a"));
    assert_eq!(world.events(&session, "file_registered").await, 1);
    let elsewhere = world.session().await;
    world.register(&elsewhere, "a").await;
}

#[tokio::test]
async fn a_file_of_more_parts_than_allowed_is_refused() {
    let world = World::new().await;
    let session = world.session().await;
    let largest = 5_242_880 * 10_000;
    let new = NewFile { declaration: file("large", largest + 1), ..world.new_file(&session, "large") };
    let Err(DomainError::Invalid(violations)) = world.store.register_file(&new).await else { panic!() };
    assert_eq!(violations[0].path, "size");
    let new = NewFile { declaration: file("large", largest), ..new };
    assert_eq!(world.store.register_file(&new).await.unwrap().part_count, 10_000);
}

#[tokio::test]
async fn a_repeated_registration_gets_the_first_answer_whatever_happened_since() {
    let world = World::new().await;
    let session = world.session_ending_in(5).await;
    let first = NewFile { idempotency: promise("k", 1), ..world.new_file(&session, "a") };
    let registered = world.store.register_file(&first).await.unwrap();
    assert!(registered.activity.extension.is_some() && !registered.repeated);
    world.store.abort_session(&session, None, world.now).await.unwrap();
    let repeat =
        NewFile { address: FileAddress { file: FileId::generate(), ..first.address.clone() }, ..first.clone() };
    let again = world.store.register_file(&repeat).await.unwrap();
    assert_eq!(again, FileRegistered { repeated: true, ..registered });

    let other = NewFile { idempotency: promise("k", 2), ..repeat };
    let Err(DomainError::Invalid(violations)) = world.store.register_file(&other).await else { panic!() };
    assert_eq!(violations[0].path, "Idempotency-Key");
    assert_eq!(world.events(&session, "file_registered").await, 1);
}

#[tokio::test]
async fn a_repeated_refusal_of_a_key_stays_a_refusal() {
    let world = World::new().await;
    let session = world.session().await;
    world.register(&session, "a").await;
    for _ in 0..2 {
        let new = NewFile { idempotency: promise("k", 1), ..world.new_file(&session, "a") };
        assert!(matches!(world.store.register_file(&new).await, Err(DomainError::FileExists(_))));
    }
}

#[tokio::test]
async fn the_last_part_of_a_number_wins_until_the_file_is_completed() {
    let world = World::new().await;
    let session = world.session().await;
    let address = world.file_with_part(&session, "a").await;
    let other = Part { etag: "other".to_owned(), ..part(1) };
    let recorded = world.store.record_part(&address, &token(), &other, world.window()).await.unwrap();
    assert_eq!(recorded.replaced, Some(part(1)));
    let recorded = world.store.record_part(&address, &token(), &other, world.window()).await.unwrap();
    assert_eq!(recorded.replaced, None, "the same bytes replace nothing");
    assert_eq!(world.store.parts(address.file).await.unwrap(), std::slice::from_ref(&other));

    let replaced = world.store.complete_file(&address, &whole("file:///a"), world.window()).await.unwrap();
    assert_eq!(replaced, None, "it was put together from the part that was replaced");
    assert_eq!(world.events(&session, "file_completed").await, 0);
    let latest = Whole { parts: std::slice::from_ref(&other), url: "file:///b" };
    let completed = world.store.complete_file(&address, &latest, world.window()).await.unwrap().unwrap();
    assert_eq!(completed.file.url.as_deref(), Some("file:///b"));
    assert_eq!(world.store.complete_file(&address, &whole("file:///a"), world.window()).await.unwrap(), None);
    let late = world.store.record_part(&address, &token(), &part(1), world.window()).await;
    assert!(matches!(late, Err(DomainError::FileCompleted)));
    assert_eq!(world.store.parts(address.file).await.unwrap(), [other]);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let session = world.session().await;
    let elsewhere = world.file_with_part(&world.session().await, "a").await;
    let address = FileAddress { session: session.session, ..elsewhere };
    assert!(matches!(world.store.open_file(&address, world.now).await, Err(DomainError::NotFound("file"))));
    let recorded = world.store.record_part(&address, &token(), &part(1), world.window()).await;
    assert!(matches!(recorded, Err(DomainError::NotFound("file"))));
    let completed = world.store.complete_file(&address, &whole("file:///a"), world.window()).await;
    assert!(matches!(completed, Err(DomainError::NotFound("file"))));
}

#[tokio::test]
async fn the_first_place_of_the_bytes_stays_until_it_is_used_up() {
    let world = World::new().await;
    let session = world.session().await;
    let (address, _) = world.register(&session, "a").await;
    assert_eq!(world.store.open_file(&address, world.now).await.unwrap().upload, None);
    let second = UploadToken("second".to_owned());
    assert_eq!(world.store.claim_upload(address.file, &token()).await.unwrap(), token());
    assert_eq!(world.store.claim_upload(address.file, &second).await.unwrap(), token());
    world.store.record_part(&address, &token(), &part(1), world.window()).await.unwrap();

    world.store.forget_upload(&Upload { file: address.file, token: second.clone() }).await.unwrap();
    assert_eq!(world.store.parts(address.file).await.unwrap(), [part(1)], "another place was not meant");
    world.store.forget_upload(&Upload { file: address.file, token: token() }).await.unwrap();
    assert_eq!(world.store.parts(address.file).await.unwrap(), []);
    assert_eq!(world.store.claim_upload(address.file, &second).await.unwrap(), second);
    let stale = world.store.record_part(&address, &token(), &part(1), world.window()).await;
    assert!(matches!(stale, Err(DomainError::Unavailable(_))));
}

#[tokio::test]
async fn completing_a_file_again_gives_the_same_answer_and_one_event() {
    let world = World::new().await;
    let session = world.session().await;
    let address = world.file_with_part(&session, "a").await;
    let first = world.store.complete_file(&address, &whole("file:///a"), world.window()).await.unwrap().unwrap();
    assert_eq!(first.file.status, FileStatus::Completed);
    assert_eq!(first.file.url.as_deref(), Some("file:///a"));
    let again =
        world.store.complete_file(&address, &whole("file:///elsewhere"), world.window()).await.unwrap().unwrap();
    assert_eq!(again, first);
    assert_eq!(world.events(&session, "file_completed").await, 1);
}

#[tokio::test]
async fn no_activity_reaches_a_session_that_has_ended() {
    let world = World::new().await;
    for (session, status) in
        [(world.session().await, SessionStatus::Completed), (world.session().await, SessionStatus::Failed)]
    {
        let address = world.completed_file(&session, "a").await;
        match status {
            SessionStatus::Completed => drop(world.store.finalize_session(&session, world.now).await.unwrap()),
            _ => drop(world.store.abort_session(&session, None, world.now).await.unwrap()),
        }
        let refused = |error: DomainError| matches!(error, DomainError::SessionNotActive(found) if found == status);
        assert!(refused(world.store.register_file(&world.new_file(&session, "b")).await.unwrap_err()));
        assert!(refused(world.store.open_file(&address, world.now).await.unwrap_err()));
        assert!(refused(world.store.extend_session(&session, world.window()).await.unwrap_err()));
        assert!(refused(world.store.record_part(&address, &token(), &part(1), world.window()).await.unwrap_err()));
        assert!(refused(world.store.complete_file(&address, &whole("file:///a"), world.window()).await.unwrap_err()));
    }
}

#[tokio::test]
async fn every_activity_on_an_expired_session_says_so_and_it_is_recorded_once() {
    let world = World::new().await;
    let mut session = world.session_ending_in(20).await;
    session.owner = user(USER);
    let address = world.file_with_part(&session, "a").await;
    let late = ExtensionPolicy::default().at(world.now + TimeDelta::minutes(20));
    let expired = |error: DomainError| matches!(error, DomainError::SessionExpired(at) if at == late.now);
    assert!(expired(world.store.open_file(&address, late.now).await.unwrap_err()));
    assert!(expired(world.store.extend_session(&session, late).await.unwrap_err()));
    assert!(expired(world.store.record_part(&address, &token(), &part(1), late).await.unwrap_err()));
    assert!(expired(world.store.complete_file(&address, &whole("file:///a"), late).await.unwrap_err()));
    let new = NewFile { window: late, ..world.new_file(&session, "b") };
    assert!(expired(world.store.register_file(&new).await.unwrap_err()));
    assert!(expired(world.store.finalize_session(&session, late.now).await.unwrap_err()));
    assert_eq!(world.events(&session, "session_failed").await, 1);
    while world.database.database.outbox().move_events(100).await.unwrap() > 0 {}
    let row = world.database.client().await;
    let row = row
        .query_one("select metadata from upload_session_analytics where event_type = 'session_failed'", &[])
        .await
        .unwrap();
    let metadata: serde_json::Value = row.get(0);
    assert_eq!(
        metadata,
        serde_json::json!({ "user_id": USER, "file_count": 1, "total_size_bytes": 5, "elapsed_time_ms": 1_800_000,
            "failure_reason": "expired", "step": "file_registered" })
    );
}

#[tokio::test]
async fn each_activity_extends_a_session_that_is_due() {
    let world = World::new().await;
    let old_expires_at = world.now + TimeDelta::minutes(5);
    let expected = Some(Extension { old_expires_at, new_expires_at: world.now + TimeDelta::minutes(30) });

    let session = world.session_ending_in(5).await;
    let (address, registered) = world.register(&session, "a").await;
    assert_eq!(registered.activity.extension, expected);
    assert_eq!(registered.activity.expires_at, world.now + TimeDelta::minutes(30));
    world.store.claim_upload(address.file, &token()).await.unwrap();

    let again = || reset_expiry(&world, &session, old_expires_at);
    again().await;
    let open = world.store.open_file(&address, world.now).await.unwrap();
    assert_eq!(open.expires_at, old_expires_at, "asking is no activity");
    assert_eq!(world.store.extend_session(&session, world.window()).await.unwrap().extension, expected);
    again().await;
    let recorded = world.store.record_part(&address, &token(), &part(1), world.window()).await.unwrap();
    assert_eq!(recorded.activity.extension, expected);
    again().await;
    let completed = world.store.complete_file(&address, &whole("file:///a"), world.window()).await.unwrap().unwrap();
    assert_eq!(completed.activity.extension, expected);
    again().await;
    world.store.session(&session, world.now).await.unwrap();
    let read = world.store.session(&session, world.now).await.unwrap();
    assert_eq!(read.expires_at, old_expires_at, "reading is no activity");
}

async fn reset_expiry(
    world: &World,
    session: &upload_server::domain::ports::SessionAddress,
    to: chrono::DateTime<chrono::Utc>,
) {
    let client = world.database.client().await;
    client
        .execute("update upload_sessions set expires_at = $2 where id = $1", &[&session.session.0, &to])
        .await
        .unwrap();
}

/// The statement and the pure rule agree, for sessions of every age and end.
#[tokio::test(flavor = "multi_thread")]
async fn the_statement_extends_exactly_as_the_rule_says() {
    let world = World::new().await;
    let session = world.session().await;
    let client = world.database.client().await;
    let handle = tokio::runtime::Handle::current();
    let minute = 60_000_000_i64;
    let strategy = (0..25 * 60 * minute, -minute..40 * minute, 0..60_i64, 0..60_i64, 1..26_i64);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let result = tokio::task::block_in_place(|| {
        runner.run(&strategy, |(age, left, threshold, ttl, cap)| {
            let policy = ExtensionPolicy {
                threshold: TimeDelta::minutes(threshold),
                ttl: TimeDelta::minutes(ttl),
                max_lifetime: TimeDelta::hours(cap),
            };
            let created_at = world.now - TimeDelta::microseconds(age);
            let expires_at = world.now + TimeDelta::microseconds(left);
            let window = policy.at(world.now);
            let answered = handle.block_on(async {
                let reset = "update upload_sessions set status = 'active', failure_cause = null, created_at = $2, expires_at = $3 where id = $1";
                client.execute(reset, &[&session.session.0, &created_at, &expires_at]).await.unwrap();
                world.store.extend_session(&session, window).await
            });
            match answered {
                Ok(activity) => prop_assert_eq!(activity.extension, window.extend(created_at, expires_at)),
                Err(error) => {
                    prop_assert!(matches!(error, DomainError::SessionExpired(at) if at == expires_at));
                    prop_assert!(expires_at <= world.now);
                }
            }
            Ok(())
        })
    });
    result.unwrap();
}
