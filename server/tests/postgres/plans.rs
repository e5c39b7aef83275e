//! The generic plan of each hot statement finds its rows by the index it should: a plan that scans works in every test and
//! fails in every large database. Plans are made as the pools make them, on tables that are known to be empty: a server may
//! have made its plans then, and use them when there are a million rows.

use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;
use upload_server::postgres::{Connection, statements};

use crate::support::*;

/// Tables that are known to be empty.
async fn empty_world() -> World {
    let world = World::new().await;
    world.database.client().await.batch_execute("vacuum analyze").await.unwrap();
    world
}

/// The plan of a statement of requests, with parameters of these types.
async fn plan(world: &World, statement: &str, types: &str) -> String {
    plan_of(world.database.database.connection().await.unwrap(), statement, types).await
}

/// The plan of a statement of the worker.
async fn plan_of_worker(world: &World, statement: &str, types: &str) -> String {
    plan_of(world.database.database.worker(Duration::from_secs(60)).await.unwrap(), statement, types).await
}

async fn plan_of(connection: Connection, statement: &str, types: &str) -> String {
    let plan = any_plan_of(connection, statement, types).await;
    assert!(!plan.contains("Seq Scan") && !plan.contains("Bitmap"), "{plan}");
    plan
}

async fn any_plan_of(mut connection: Connection, statement: &str, types: &str) -> String {
    connection.batch(&format!("prepare hot ({types}) as {statement}")).await.unwrap();
    let nulls = vec!["null"; types.split(',').count()].join(", ");
    let rows = connection.texts(&format!("explain execute hot ({nulls})")).await.unwrap();
    connection.batch("deallocate hot").await.unwrap();
    let lines = rows.iter().filter_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The indexes that a plan goes down, each with a condition.
fn indexes(plan: &str) -> Vec<&str> {
    let lines: Vec<&str> = plan.lines().collect();
    let looks = lines.windows(2).filter_map(|pair| {
        let (_, look) = pair[0].split_once(" using ")?;
        assert!(pair[1].contains("Index Cond: "), "{plan}");
        look.split(' ').next()
    });
    looks.collect()
}

/// Whether an index is of what tells rows apart. The others are of what they have in common.
fn is_key(index: &&str) -> bool {
    index.ends_with("_pkey") || *index == "upload_session_files_key"
}

const ACTIVITY: &str = "uuid, text, timestamptz, timestamptz, timestamptz, bigint";

#[tokio::test]
async fn the_duplicate_check_uses_the_partial_index() {
    let world = empty_world().await;
    let types = "uuid, text, timestamptz, timestamptz, bigint, bigint, bigint, bigint[], text[], boolean, text, bytea";
    let plan = plan(&world, statements::CREATE_SESSION, types).await;
    assert_eq!(indexes(&plan), ["idx_upload_session_files_duplicate_detection"]);
    let condition = "Index Cond: ((user_id = $2) AND (file_size_bytes = w.size) AND (file_hash = w.hash))";
    assert!(plan.contains(condition), "{plan}");
}

#[tokio::test]
async fn requests_find_all_rows_by_their_keys() {
    let world = empty_world().await;
    let register = format!("{ACTIVITY}, uuid, text, bigint, text, text, text, bytea");
    let record = format!("{ACTIVITY}, uuid, integer, text, bigint, text");
    for (statement, types) in [
        (statements::REGISTER_FILE, register.as_str()),
        (statements::EXTEND_SESSION, ACTIVITY),
        (statements::RECORD_PART, &record),
        (statements::COMPLETE_FILE, &format!("{ACTIVITY}, uuid, uuid, text, text[]")),
        (statements::FINALIZE_SESSION, &format!("{ACTIVITY}, uuid")),
        (statements::EXPIRE_SESSION, &format!("{ACTIVITY}, uuid")),
        (statements::ABORT_SESSION, &format!("{ACTIVITY}, uuid, text")),
        (statements::LOCK_SESSION, "uuid, text"),
        (statements::LOOK_AT_FILE, "uuid, text, uuid, timestamptz"),
        (statements::READ_SESSION, "uuid, text"),
        (statements::READ_IDEMPOTENCY, "text, text"),
        (statements::READ_PARTS, "uuid"),
        (statements::CLAIM_UPLOAD, "uuid, text"),
        (statements::FORGET_UPLOAD, "uuid, text"),
        (statements::RECORD_HASH_MISMATCH, "uuid, timestamptz"),
    ] {
        let plan = plan(&world, statement, types).await;
        assert!(!indexes(&plan).is_empty() && indexes(&plan).iter().all(is_key), "{plan}");
    }
}

#[tokio::test]
async fn the_worker_finds_what_is_due_by_its_time_and_the_rest_by_keys() {
    let world = empty_world().await;
    let due = plan_of_worker(&world, statements::LOCK_DUE, "timestamptz, bigint").await;
    assert_eq!(indexes(&due), ["idx_upload_sessions_expires_at"]);
    let expiring = plan_of_worker(&world, statements::EXPIRE_DUE, "timestamptz, uuid[], uuid[]").await;
    assert_eq!(indexes(&expiring)[0], "upload_sessions_pkey");
    assert!(indexes(&expiring).iter().all(is_key), "{expiring}");
    for (statement, index) in [
        (statements::FORGET_EVENTS, "idx_upload_session_analytics_created_at"),
        (statements::FORGET_IDEMPOTENCY_KEYS, "idx_upload_session_idempotency_keys_created_at"),
    ] {
        let forgetting = plan_of_worker(&world, statement, "timestamptz, bigint").await;
        assert_eq!(indexes(&forgetting), [index]);
        assert!(forgetting.contains("Tid Scan"), "{forgetting}");
    }
}

#[tokio::test]
async fn a_look_reads_new_rows_by_their_identifiers() {
    let world = empty_world().await;
    for (statement, keys) in
        [(statements::NEW_SESSIONS, "upload_sessions_pkey"), (statements::NEW_FILES, "upload_session_files_pkey")]
    {
        let worker = world.database.database.worker(Duration::from_secs(60)).await.unwrap();
        let plan = any_plan_of(worker, statement, "uuid, uuid, bigint, text").await;
        assert!(plan.contains(&format!("Index Scan using {keys}")), "{plan}");
        assert!(plan.contains("Index Cond: (event_id = p.id)"), "{plan}");
        assert!(plan.contains("using idx_upload_session_analytics_session_id"), "{plan}");
        assert_eq!(plan.matches("on upload_session_analytics ").count(), 2, "{plan}");
        // The outbox is read once, into a table of hashes, when an event is missing at all.
        assert_eq!(plan.matches("Seq Scan").count(), 1, "{plan}");
        assert!(plan.contains("Seq Scan on upload_session_outbox"), "{plan}");
    }
}

#[tokio::test]
async fn events_are_moved_by_their_places_the_oldest_first() {
    let world = empty_world().await;
    let moving = plan_of_worker(&world, statements::MOVE_EVENTS, "bigint").await;
    let oldest = "Index Scan using upload_session_outbox_pkey on upload_session_outbox";
    assert!(moving.contains(oldest), "{moving}");
    assert!(moving.contains("Tid Scan on upload_session_outbox o"), "{moving}");
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
async fn events_of_many_sessions_are_moved_by_plans_that_were_made_for_none_or_a_few() {
    for few in [0, 5] {
        let world = World::new().await;
        let client = world.database.client().await;
        let fill = "insert into upload_sessions (user_id, expires_at)
            select 'ada', now() + interval '1 hour' from generate_series(1, $1::bigint)";
        let end = "insert into upload_session_outbox (event_id, session_id, event_type, created_at)
            select gen_random_uuid(), id, 'session_finalized', now() from upload_sessions limit $1";
        // What is known of the tables stays as it is now.
        client.batch_execute("alter table upload_sessions set (autovacuum_enabled = off)").await.unwrap();
        client.execute(fill, &[&few]).await.unwrap();
        client.execute(end, &[&few]).await.unwrap();
        client.batch_execute("vacuum analyze upload_sessions").await.unwrap();
        let mut worker = world.database.database.worker(Duration::from_secs(60)).await.unwrap();
        sessions_looked_at(&mut worker, few).await;
        client.execute(fill, &[&5000_i64]).await.unwrap();
        client.execute(end, &[&100_i64]).await.unwrap();
        // By the statement, by the check of the foreign key and by the trigger, once each.
        assert_eq!(sessions_looked_at(&mut worker, 100).await, 300, "made for {few}");
    }
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
    let sessions = statements::ANALYTICS_SESSIONS;
    let of_user = plan_of_question(&world, sessions, types, "now() - interval '90 days', now(), 'ada'").await;
    assert!(of_user.contains("idx_upload_sessions_user_id_created_at"), "{of_user}");
    let of_all = plan_of_question(&world, sessions, types, "now() - interval '1 day', now(), null").await;
    assert!(of_all.contains("idx_upload_sessions_created_at"), "{of_all}");
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
        (statements::ROLLED_SESSIONS, "idx_upload_sessions_created_at"),
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
