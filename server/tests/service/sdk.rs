//! The service through its Rust client.

use chrono::TimeDelta;
use upload_sessions_sdk::{Client, Error, errors, types};

use crate::support::world::World;

#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../../../sdk/rust/examples/upload.rs"]
mod walk_through;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn client(world: &World, user: &str) -> Client {
    Client::builder().base_url(&world.base).token(world.user(user).token()).build().unwrap()
}

fn greeting() -> types::builder::SessionFile {
    let hash = types::Sha256::try_from(HELLO).unwrap();
    types::SessionFile::builder().key("greeting.txt").size(5_i64).hash(hash)
}

/// Uploads `hello`; the session and where the file is stored.
async fn upload(client: &Client) -> (uuid::Uuid, String) {
    let body = types::CreateSessionRequest::builder().files([greeting().build().unwrap()]);
    let session = client.create_session().body(body).send().await.unwrap().body().session_id;
    let hash = types::Sha256::try_from(HELLO).unwrap();
    let body = types::RegisterFileRequest::builder().key("greeting.txt").size(5_i64).hash(hash);
    let file = client.register_file().session_id(session).body(body).send().await.unwrap().body().file_id;
    let part = client.upload_part().session_id(session).file_id(file).part_number(1_i32).body("hello");
    let etag = part.send().await.unwrap().body().etag.clone();
    let part = types::CompletedPart::builder().part_number(1_i32).etag(etag).build().unwrap();
    let body = types::CompleteFileRequest::builder().parts([part]);
    let completed = client.complete_file().session_id(session).file_id(file).body(body).send().await.unwrap();
    (session, completed.body().file_url.clone())
}

#[tokio::test]
async fn a_file_goes_all_the_way_and_is_a_duplicate_afterwards() {
    let world = World::new().await;
    let ada = client(&world, "ada");
    let (session, url) = upload(&ada).await;
    let finalized = ada.finalize_session().session_id(session).send().await.unwrap();
    assert_eq!((finalized.body().file_count, finalized.body().total_size_bytes), (1, 5));

    let body = types::CreateSessionRequest::builder().files([greeting().build().unwrap()]);
    match ada.create_session().body(body.clone()).send().await {
        Err(Error::Api(errors::CreateSessionError::Conflict(answer))) => {
            assert_eq!(answer.body().duplicates[0].existing_url, url);
        }
        other => panic!("{other:?}"),
    }
    let allowed = ada.create_session().body(body.allow_duplicates(true)).send().await.unwrap();
    assert_eq!(allowed.body().duplicates.len(), 1);
    world.close().await;
}

#[tokio::test]
async fn the_walk_through_of_the_client_uploads_a_file_and_finds_it_again() {
    let world = World::new().await;
    let ada = client(&world, "ada");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let bytes: Vec<u8> = (0..6_000_000).map(|n| u8::try_from(n % 251).unwrap()).collect();
    std::fs::write(&path, &bytes).unwrap();
    let url = walk_through::upload(&ada, &path).await.unwrap();
    assert_eq!(std::fs::read(url.strip_prefix("file://").unwrap()).unwrap(), bytes);
    assert_eq!(walk_through::upload(&ada, &path).await.unwrap(), url, "a duplicate");
    world.close().await;
}

#[tokio::test]
async fn errors_come_typed_by_status() {
    let world = World::new().await;
    let (ada, eve) = (client(&world, "ada"), client(&world, "eve"));
    let (session, _) = upload(&ada).await;
    let foreign = eve.get_session().session_id(session).send().await;
    assert!(matches!(foreign, Err(Error::Api(errors::GetSessionError::NotFound(_)))), "{foreign:?}");
    let analytics = ada.get_analytics().send().await;
    assert!(matches!(analytics, Err(Error::Api(errors::GetAnalyticsError::Forbidden(_)))), "{analytics:?}");
    world.clock.advance(TimeDelta::minutes(31));
    let expired = ada.finalize_session().session_id(session).send().await;
    assert!(matches!(expired, Err(Error::Api(errors::FinalizeSessionError::Gone(_)))), "{expired:?}");
    world.close().await;
}
