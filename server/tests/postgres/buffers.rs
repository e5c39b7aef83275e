//! What a hot statement reads, on tables of many rows: each look at a table goes down one index to one row.

use serde_json::Value;
use uuid::Uuid;

use upload_server::postgres::statements;

use crate::support::*;

/// How many pages of a table and its index one look may touch.
const MOST: i64 = 5;

/// 100,000 completed files with a part each, in 25,000 sessions.
const MANY: &str = "
    insert into upload_sessions (id, user_id, expires_at)
    select lpad(to_hex(n), 32, '0')::uuid, 'user ' || (n - 1) % 100, now() + interval '1 hour' from generate_series(1, 25000) n;
    insert into upload_session_files (id, session_id, user_id, file_key, file_size_bytes, file_hash, status, file_url)
    select gen_random_uuid(), lpad(to_hex(1 + n % 25000), 32, '0')::uuid, 'user ' || n % 100, 'file ' || n, n % 1000 + 1,
      encode(sha256(n::text::bytea), 'hex'), 'completed', 'file:///' || n
    from generate_series(1, 100000) n;
    insert into upload_session_parts (file_id, part_number, etag, size_bytes)
    select id, 1, 'etag', file_size_bytes from upload_session_files;
    insert into upload_session_idempotency_keys (user_id, idempotency_key, request_hash, answer)
    select 'user ' || n % 100, 'key ' || n, '', '{}' from generate_series(1, 100000) n;
    vacuum analyze upload_sessions, upload_session_files, upload_session_parts, upload_session_idempotency_keys";

/// The pages that each look of a statement touched, by index.
async fn looks(client: &tokio_postgres::Client, statement: &str, types: &str, values: &str) -> Vec<(String, i64)> {
    client.batch_execute(&format!("prepare hot ({types}) as {statement}")).await.unwrap();
    // The first run reads what the database keeps in mind of the tables afterwards.
    for _ in 0..2 {
        client.batch_execute(&format!("begin; execute hot({values}); rollback")).await.unwrap();
    }
    client.batch_execute("begin").await.unwrap();
    let explain = format!("explain (analyze, buffers, format json) execute hot({values})");
    let plan: Value = client.query_one(&explain, &[]).await.unwrap().get(0);
    client.batch_execute("rollback; deallocate hot").await.unwrap();
    let mut looks = Vec::new();
    collect(&plan[0]["Plan"], &mut looks);
    looks
}

/// All looks but that of the extension: its condition asks whether the step is done, which is when the step is done, and so
/// the pages of the whole step count as its own.
fn collect(node: &Value, looks: &mut Vec<(String, i64)>) {
    if node["Subplan Name"] == "CTE extended" {
        return;
    }
    let number = |node: &Value, name: &str| node[name].as_i64().unwrap_or(0);
    let touched = |node: &Value| number(node, "Shared Hit Blocks") + number(node, "Shared Read Blocks");
    let inner = node["Plans"].as_array().into_iter().flatten();
    if let Some(index) = node["Index Name"].as_str()
        && number(node, "Actual Loops") > 0
    {
        let own = touched(node) - inner.clone().map(touched).sum::<i64>();
        looks.push((index.to_owned(), own / number(node, "Actual Loops")));
    }
    inner.for_each(|node| collect(node, looks));
}

#[tokio::test]
async fn each_look_of_a_hot_statement_touches_a_few_pages() {
    let world = World::new().await;
    let client = world.database.client().await;
    for statement in MANY.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    client.batch_execute("set plan_cache_mode = force_generic_plan").await.unwrap();
    let hash = |n: i32| format!("encode(sha256('{n}'), 'hex')");
    let session = Uuid::from_u128(70);
    let sql = "select id, user_id from upload_session_files where session_id = $1 limit 1";
    let row = client.query_one(sql, &[&session]).await.unwrap();
    let (file, user): (Uuid, String) = (row.get(0), row.get(1));
    client.execute("update upload_session_files set status = 'registered' where id = $1", &[&file]).await.unwrap();

    let of = format!(
        "'{session}', '{user}', now(), now() + interval '10 minutes', now() + interval '30 minutes', 86400000000"
    );
    let create = format!(
        "gen_random_uuid(), 'user 69', now(), now(), 5242880, 3, 15, array[70, 170, 270], array[{}, {}, {}], true, 'new', ''",
        hash(69),
        hash(169),
        hash(269)
    );
    for (name, statement, types, values) in [
        ("createSession", statements::CREATE_SESSION, CREATE.to_owned(), create),
        (
            "registerFile",
            statements::REGISTER_FILE,
            format!("{ACTIVITY}, uuid, text, bigint, text, text, text, bytea"),
            format!("{of}, gen_random_uuid(), 'new', 5, null, null, 'new', ''"),
        ),
        (
            "looking at a file",
            statements::LOOK_AT_FILE,
            "uuid, text, uuid, timestamptz".to_owned(),
            format!("'{session}', '{user}', '{file}', now()"),
        ),
        ("extending a session", statements::EXTEND_SESSION, ACTIVITY.to_owned(), of.clone()),
        (
            "uploadPart",
            statements::RECORD_PART,
            format!("{ACTIVITY}, uuid, integer, text, bigint, text"),
            format!("{of}, '{file}', 1, 'etag', 5, null"),
        ),
        (
            "completeFile",
            statements::COMPLETE_FILE,
            format!("{ACTIVITY}, uuid, uuid, text, text[]"),
            format!("{of}, gen_random_uuid(), '{file}', 'file:///new', '{{etag}}'"),
        ),
    ] {
        let looks = looks(&client, statement, &types, &values).await;
        assert!(!looks.is_empty(), "{name}");
        assert!(looks.iter().all(|(_, touched)| *touched <= MOST), "{name}: {looks:?}");
    }
}

const ACTIVITY: &str = "uuid, text, timestamptz, timestamptz, timestamptz, bigint";
const CREATE: &str =
    "uuid, text, timestamptz, timestamptz, bigint, bigint, bigint, bigint[], text[], boolean, text, bytea";
