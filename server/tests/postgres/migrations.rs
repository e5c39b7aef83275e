//! The schema, and what may be inserted by hand.

use upload_server::{
    domain::{DomainError, ports::SessionStore},
    postgres::{Database, DatabaseSettings},
};

use crate::{database::connect, support::*};

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_migrate_once() {
    let world = World::new().await;
    let url = world.database.bare().await;
    let database = Database::new(&DatabaseSettings::new(&url)).unwrap();
    assert!(matches!(database.check_ready().await, Err(DomainError::Unavailable(_))));
    let migrated = many(8, |_| {
        let database = Database::new(&DatabaseSettings::new(&url)).unwrap();
        async move { database.migrate().await.map_err(|error| format!("{error:?}")) }
    })
    .await;
    assert_eq!(migrated, vec![Ok(()); 8]);
    database.check_ready().await.unwrap();
    let applied = connect(&url).await.query_one("select count(*) from refinery_schema_history", &[]).await.unwrap();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations")).unwrap();
    assert_eq!(applied.get::<_, i64>(0), i64::try_from(files.count()).unwrap());
}

/// One server of a newer version has migrated, and one of this version starts again: as in a roll-out, or after it was
/// taken back.
#[tokio::test]
async fn a_schema_of_a_newer_version_is_worked_with_and_left_alone() {
    let world = World::new().await;
    let client = world.database.client().await;
    let newer =
        "create table later (); insert into refinery_schema_history select version + 1, 'later', applied_on, '1'
        from refinery_schema_history order by version desc limit 1";
    client.batch_execute(newer).await.unwrap();
    let applied = "select count(*) from refinery_schema_history";
    let of_newer = world.count(applied, &[]).await;
    let database = world.database.another();
    database.migrate().await.unwrap();
    database.check_ready().await.unwrap();
    assert_eq!(world.count(applied, &[]).await, of_newer);
}

/// Requests may come while a server waits for its migrations: they are welcome a moment later.
#[tokio::test]
async fn a_database_without_tables_is_unavailable() {
    let world = World::new().await;
    let database = Database::new(&DatabaseSettings::new(world.database.bare().await)).unwrap();
    let created = database.sessions().create_session(&world.new_session(vec![file("a", 5)])).await;
    assert!(matches!(created, Err(DomainError::Unavailable(_))), "{created:?}");
}

#[tokio::test]
async fn a_schema_that_is_behind_is_not_ready() {
    let world = World::new().await;
    world.database.client().await.batch_execute("delete from refinery_schema_history").await.unwrap();
    assert!(matches!(world.database.database.check_ready().await, Err(DomainError::Unavailable(_))));
}

/// STORY-01723's own statements, but for its one identifier that is no UUID.
#[tokio::test]
async fn the_inserts_of_the_story_run_as_they_stand() {
    let world = World::new().await;
    let sql = "
        INSERT INTO upload_sessions (id, user_id, status, part_size_bytes, expires_at, created_at, updated_at)
        VALUES ('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', 'dev-user-00000000-0000-0000-0000-000000000001', 'completed', 5242880,
          NOW() + INTERVAL '15 minutes', NOW(), NOW());
        INSERT INTO upload_session_files (id, session_id, user_id, file_key, file_size_bytes, file_hash, status, file_url, created_at, updated_at)
        VALUES ('22222222-2222-2222-2222-222222222222', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
          'dev-user-00000000-0000-0000-0000-000000000001', 'test-duplicate.pdf', 5000000,
          'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'completed', 's3://bucket/test-duplicate.pdf', NOW(), NOW());
        INSERT INTO upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
        VALUES ('33333333-3333-3333-3333-333333333333', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', 'session_created',
          '{\"user_id\": \"dev-user-001\", \"file_count\": 1}', NOW() - INTERVAL '30 minutes');
        INSERT INTO upload_session_analytics (session_id, event_type)
        VALUES ('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', 'file_completed');";
    world.database.client().await.batch_execute(sql).await.unwrap();
    let indexes = "select count(*) from pg_indexes where indexname in ('idx_upload_session_analytics_session_id',
        'idx_upload_session_analytics_event_type', 'idx_upload_session_analytics_created_at',
        'idx_upload_session_files_duplicate_detection')";
    assert_eq!(world.count(indexes, &[]).await, 4);
}
