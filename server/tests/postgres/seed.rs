//! The example sessions.

use chrono::TimeDelta;
use upload_server::{
    domain::{
        DomainError, SessionId,
        analytics::AnalyticsQuery,
        extension::ExtensionPolicy,
        ports::{AnalyticsStore, NewSession, SessionAddress, SessionStore},
    },
    seed,
};
use uuid::Uuid;

use crate::support::*;

async fn seeded() -> World {
    let world = World::new().await;
    plant(&world).await;
    world
}

async fn plant(world: &World) {
    seed::seed(&world.database.database, &ExtensionPolicy::default(), world.now).await.unwrap();
}

fn example(id: Uuid) -> SessionAddress {
    SessionAddress { owner: user(seed::USER), session: SessionId(id) }
}

#[tokio::test]
async fn the_duplicate_of_the_story_is_found() {
    let world = seeded().await;
    let hash =
        upload_server::domain::Sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned());
    let mut wanted = file("mine.pdf", 5_000_000);
    wanted.hash = Some(hash);
    let new = NewSession { owner: user(seed::USER), ..world.new_session(vec![wanted]) };
    let Err(DomainError::DuplicateFiles(duplicates)) = world.store.create_session(&new).await else { panic!() };
    assert_eq!(duplicates[0].existing_url, "s3://bucket/test-duplicate.pdf");
}

#[tokio::test]
async fn each_example_is_what_it_is_for_however_often_it_is_planted() {
    let world = seeded().await;
    for round in 0..2 {
        let expiring = world.register(&example(seed::EXPIRING), "last-minute.jpg").await.1;
        let extension = expiring.activity.extension.unwrap();
        assert_eq!(extension.new_expires_at, world.now + TimeDelta::minutes(30));
        let capped = world.register(&example(seed::CAPPED), "no-more-time.jpg").await.1;
        assert_eq!(capped.activity.extension, None);
        let expired = world.store.register_file(&world.new_file(&example(seed::EXPIRED), "too-late.txt")).await;
        assert!(matches!(expired, Err(DomainError::SessionExpired(_))), "round {round}");
        let foreign = world.store.session(&example(seed::ANOTHER_USERS), world.now).await;
        assert!(matches!(foreign, Err(DomainError::NotFound(_))));
        let empty = world.store.finalize_session(&example(seed::EMPTY), world.now).await;
        assert!(matches!(empty, Err(DomainError::FilesIncomplete { open_files: 0 })));
        let completed = world.store.abort_session(&example(seed::COMPLETED), None, world.now).await;
        assert!(matches!(completed, Err(DomainError::SessionNotActive(_))));
        plant(&world).await;
    }
}

#[tokio::test]
async fn the_analytics_of_the_examples_are_known() {
    let world = seeded().await;
    plant(&world).await;
    let query = AnalyticsQuery { limit: 50, ..AnalyticsQuery::default() };
    let analytics = world.database.database.analytics().query(&query).await.unwrap();
    let metrics = analytics.metrics;
    assert_eq!((metrics.created, metrics.finalized, metrics.failed, metrics.open), (7, 2, 0, 5));
    assert_eq!(metrics.average_upload_time_ms, Some(360_000.0));
    assert_eq!(analytics.events.total, 5);
    assert_eq!(analytics.events.items[0].id, Uuid::parse_str("88888888-8888-4888-8888-888888888888").unwrap());
    let of_user = AnalyticsQuery { user: Some(user(seed::USER)), ..query };
    let metrics = world.database.database.analytics().query(&of_user).await.unwrap().metrics;
    assert_eq!((metrics.p50_upload_time_ms, metrics.p95_upload_time_ms), (Some(120_000.0), Some(600_000.0)));
}
