//! The generic plan of each hot statement uses the index it should: a plan that scans works in every test and fails in
//! every large database.

use std::time::Duration;

use upload_server::postgres::{Connection, statements};

use crate::support::*;

/// The generic plan of a statement with so many parameters, on tables in which an index is worth its while.
async fn plan(world: &World, statement: &str, types: &str) -> String {
    let client = world.database.client().await;
    client.batch_execute("set plan_cache_mode = force_generic_plan; set enable_seqscan = off").await.unwrap();
    client.batch_execute(&format!("prepare hot ({types}) as {statement}")).await.unwrap();
    let nulls = vec!["null"; types.split(',').count()].join(", ");
    let rows = client.query(&format!("explain execute hot ({nulls})"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

const ACTIVITY: &str = "uuid, text, timestamptz, timestamptz, timestamptz, bigint";

#[tokio::test]
async fn the_duplicate_check_uses_the_partial_index() {
    let world = World::new().await;
    let types =
        "uuid, text, timestamptz, timestamptz, bigint, bigint, bigint, bigint[], text[], boolean, text, bytea, uuid";
    let plan = plan(&world, statements::CREATE_SESSION, types).await;
    let index = "Index Scan using idx_upload_session_files_duplicate_detection on upload_session_files f";
    assert!(plan.contains(index), "{plan}");
    let condition = "Index Cond: ((user_id = $2) AND (file_size_bytes = w.size) AND (file_hash = w.hash))";
    assert!(plan.contains(condition), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

#[tokio::test]
async fn every_activity_finds_its_rows_by_their_keys() {
    let world = World::new().await;
    let register = format!("{ACTIVITY}, uuid, uuid, text, bigint, text, text, text, bytea");
    let record = format!("{ACTIVITY}, uuid, integer, text, bigint, text");
    for (statement, types) in [
        (statements::REGISTER_FILE, register),
        (statements::EXTEND_SESSION, ACTIVITY.to_owned()),
        (statements::RECORD_PART, record),
        (statements::COMPLETE_FILE, format!("{ACTIVITY}, uuid, uuid, text")),
        (statements::FINALIZE_SESSION, format!("{ACTIVITY}, uuid")),
        (statements::EXPIRE_SESSION, format!("{ACTIVITY}, uuid")),
        (statements::ABORT_SESSION, format!("{ACTIVITY}, uuid, text")),
    ] {
        let plan = plan(&world, statement, &types).await;
        assert!(plan.contains("using upload_sessions_pkey on upload_sessions"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}

#[tokio::test]
async fn files_and_parts_are_found_by_their_keys() {
    let world = World::new().await;
    let plan_of_part =
        plan(&world, statements::RECORD_PART, &format!("{ACTIVITY}, uuid, integer, text, bigint, text")).await;
    assert!(plan_of_part.contains("using upload_session_files_pkey on upload_session_files"), "{plan_of_part}");
    assert!(plan_of_part.contains("using upload_session_parts_pkey on upload_session_parts"), "{plan_of_part}");
    let plan_of_look = plan(&world, statements::LOOK_AT_FILE, "uuid, text, uuid, timestamptz").await;
    assert!(plan_of_look.contains("using upload_sessions_pkey on upload_sessions"), "{plan_of_look}");
    assert!(plan_of_look.contains("using upload_session_files_pkey on upload_session_files"), "{plan_of_look}");
    let plan_of_session = plan(&world, statements::READ_SESSION, "uuid, text").await;
    assert!(plan_of_session.contains("upload_session_files_key"), "{plan_of_session}");
    assert!(!plan_of_session.contains("Seq Scan"), "{plan_of_session}");
}

#[tokio::test]
async fn the_sweep_reads_only_sessions_that_are_due() {
    let world = World::new().await;
    let plan = plan(&world, statements::LOCK_DUE, "timestamptz, bigint").await;
    assert!(plan.contains("using idx_upload_sessions_expires_at on upload_sessions"), "{plan}");
}

#[tokio::test]
async fn events_are_moved_by_their_places_and_forgotten_by_their_time() {
    let world = World::new().await;
    let moving = plan(&world, statements::MOVE_EVENTS, "bigint").await;
    assert!(moving.contains("Index Scan using upload_session_outbox_pkey on upload_session_outbox"), "{moving}");
    assert!(moving.contains("Tid Scan on upload_session_outbox o"), "{moving}");
    let forgetting = plan(&world, statements::FORGET_EVENTS, "timestamptz, bigint").await;
    let index = "Index Scan using idx_upload_session_analytics_created_at on upload_session_analytics";
    assert!(forgetting.contains(index), "{forgetting}");
    let keys = plan(&world, statements::FORGET_IDEMPOTENCY_KEYS, "timestamptz, bigint").await;
    assert!(keys.contains("Index Scan using idx_upload_session_idempotency_keys_created_at"), "{keys}");
    assert!(!keys.contains("Seq Scan"), "{keys}");
}

/// Moves events, and answers how many sessions were looked at meanwhile.
async fn sessions_looked_at(worker: &mut Connection, events: i64) -> i64 {
    let sql = "select pg_stat_get_xact_tuples_returned('upload_sessions_pkey'::regclass)";
    worker.begin().await.unwrap();
    let before: i64 = worker.query_opt(sql, &[]).await.unwrap().unwrap().get(0);
    let moved = worker.query_opt(statements::MOVE_EVENTS, &[&events]).await.unwrap().unwrap();
    assert_eq!(moved.get::<_, i64>(0), events);
    let after: i64 = worker.query_opt(sql, &[]).await.unwrap().unwrap().get(0);
    worker.commit().await.unwrap();
    after - before
}

#[tokio::test]
async fn events_of_many_sessions_are_moved_by_plans_that_were_made_for_a_few() {
    let world = World::new().await;
    let client = world.database.client().await;
    let fill = "insert into upload_sessions (user_id, expires_at)
        select 'ada', now() + interval '1 hour' from generate_series(1, $1::bigint)";
    let end = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
        select gen_random_uuid(), id, 'session_finalized', now() from upload_sessions limit $1";
    // What is known of the tables stays as it is now.
    client.batch_execute("alter table upload_sessions set (autovacuum_enabled = off)").await.unwrap();
    client.execute(fill, &[&5_i64]).await.unwrap();
    client.execute(end, &[&5_i64]).await.unwrap();
    client.batch_execute("vacuum analyze upload_sessions").await.unwrap();
    let mut worker = world.database.database.worker(Duration::from_secs(60)).await.unwrap();
    sessions_looked_at(&mut worker, 5).await;
    client.execute(fill, &[&5000_i64]).await.unwrap();
    client.execute(end, &[&100_i64]).await.unwrap();
    // By the statement, by the check of the foreign key and by the trigger, once each.
    assert_eq!(sessions_looked_at(&mut worker, 100).await, 300);
}

/// The plan that a question of the endpoint gets: made for these very values.
async fn plan_of_question(world: &World, statement: &str, types: &str, values: &str) -> String {
    let client = world.database.client().await;
    client
        .batch_execute("set plan_cache_mode = force_custom_plan; set enable_seqscan = off; set enable_bitmapscan = off")
        .await
        .unwrap();
    client.batch_execute(&format!("prepare question ({types}) as {statement}")).await.unwrap();
    let rows = client.query(&format!("explain execute question ({values})"), &[]).await.unwrap();
    let plan = rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    plan
}

#[tokio::test]
async fn questions_about_a_user_or_a_period_use_the_indexes() {
    let world = World::new().await;
    let types = "timestamptz, timestamptz, text";
    for statement in [statements::ANALYTICS_METRICS, statements::ANALYTICS_FAILURES, statements::ANALYTICS_SERIES] {
        let of_user = plan_of_question(&world, statement, types, "now() - interval '90 days', now(), 'ada'").await;
        assert!(of_user.contains("idx_upload_sessions_user_id_created_at"), "{of_user}");
        let of_all = plan_of_question(&world, statement, types, "now() - interval '1 day', now(), null").await;
        assert!(of_all.contains("idx_upload_sessions_created_at"), "{of_all}");
    }
    let types = "timestamptz, timestamptz, text, text";
    let total =
        plan_of_question(&world, statements::ANALYTICS_TOTAL, types, "now() - interval '1 day', now(), null, null");
    assert!(total.await.contains("idx_upload_session_analytics_created_at"));
    let types = "timestamptz, timestamptz, text, text, timestamptz, uuid, bigint, bigint";
    let values = "now() - interval '90 days', now(), null, null, now(), gen_random_uuid(), 51, 0";
    let page = plan_of_question(&world, statements::ANALYTICS_EVENTS, types, values).await;
    assert!(page.contains("Index Scan Backward using idx_upload_session_analytics_created_at"), "{page}");
    let of_user = "now() - interval '90 days', now(), 'ada', null, null, null, 51, 0";
    let page = plan_of_question(&world, statements::ANALYTICS_EVENTS, types, of_user).await;
    assert!(page.contains("idx_upload_sessions_user_id_created_at"), "{page}");
}

#[tokio::test]
async fn questions_about_long_periods_read_sums_and_only_what_lies_between_them() {
    let world = World::new().await;
    let types = "timestamptz[], timestamptz[], timestamptz[], timestamptz[]";
    let hour = "array[date_trunc('hour', now())]";
    for (statement, between) in [
        (statements::ROLLED_METRICS, "idx_upload_sessions_created_at"),
        (statements::ROLLED_FAILURES, "idx_upload_sessions_created_at"),
        (statements::ROLLED_SERIES, "idx_upload_sessions_created_at"),
        (statements::ROLLED_TOTAL, "idx_upload_session_analytics_created_at"),
    ] {
        let (types, text) = match statement {
            statements::ROLLED_TOTAL => (format!("{types}, text"), ", null"),
            _ => (types.to_owned(), ""),
        };
        let values = format!("{hour}, {hour}, {hour}, {hour}{text}");
        let plan = plan_of_question(&world, statement, &types, &values).await;
        assert!(plan.contains("upload_session_rollups_pkey"), "{plan}");
        assert!(plan.contains(between), "{plan}");
    }
}
