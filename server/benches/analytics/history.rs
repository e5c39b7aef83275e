//! Ninety days of sessions and events, kept between runs for as long as they are of the last ninety days.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Client;

use super::Effort;
use super::shared::postgres::{Postgres, connect, database, settle};

/// The sessions belong to this many users, in turn.
const USERS: i64 = 1000;
/// Sessions that are inserted at once.
const BATCH: i64 = 125_000;

/// Identifiers in order of time, as the server makes them.
const IDENTIFIER: &str = "
    create or replace function identifier_at (at timestamptz) returns uuid
    language sql volatile
    return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || right(gen_random_uuid()::text, 22))::uuid";

/// Seven in ten are finalized, two fail, one is open; each has a file, which is completed but where the session is open.
const SESSIONS: &str = "
    with s as (
      insert into upload_sessions (id, user_id, status, created_at, expires_at, updated_at, finalized_at, failed_at,
        failure_cause, failure_reason, failure_step)
      select identifier_at(at), 'user-' || n % $4, status, at,
        case status when 'active' then now() + interval '30 days' else at + interval '30 minutes' end, ends,
        case when status = 'completed' then ends end, case when status = 'failed' then ends end,
        case when status = 'failed' then case when n % 3 = 0 then 'aborted' else 'expired' end end,
        case when status = 'failed' then (array['aborted', 'expired', 'hash_mismatch'])[1 + n % 3] end,
        case when status = 'failed' then 'file_completed' end
      from generate_series($1::bigint, $2::bigint - 1) n,
        lateral (select now() - interval '90 days' + n * (interval '90 days' / $3::float8) as at) t,
        lateral (select (array['completed', 'failed', 'completed', 'completed', 'active', 'completed', 'failed', 'completed',
          'completed', 'completed'])[1 + n % 10] as status) f,
        lateral (select at + interval '5 seconds' + n * 7919 % 600 * interval '1 second' as ends) e
      returning *
    )
    insert into upload_session_files
      (id, session_id, user_id, file_key, file_size_bytes, status, file_url, created_at, completed_at)
    select identifier_at(created_at + interval '1 second'), id, user_id, 'file', 4096, case status when 'active' then 'registered' else 'completed' end, 'file:///' || id,
      created_at + interval '1 second', case when status <> 'active' then created_at + interval '4 seconds' end
    from s";
const EVENTS: &str = "
    insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
    select coalesce(subject, identifier_at(at)), s.id, type, jsonb_build_object('user_id', s.user_id, 'file_count', 1,
        'total_size_bytes', 4096, 'elapsed_time_ms', (extract(epoch from at - s.created_at) * 1000)::bigint), at
    from upload_sessions s join upload_session_files f on f.session_id = s.id,
      lateral (values ('session_created', s.id, s.created_at), ('file_registered', f.id, f.created_at),
        ('file_completed', null, f.completed_at), ('session_finalized', null, s.finalized_at),
        ('session_failed', null, s.failed_at)) step (type, subject, at)
    where at is not null and s.created_at >= $1 and s.created_at < $2";

/// A database with at least as many events, all summed up; its URL.
pub async fn open(postgres: &Postgres, effort: &Effort) -> String {
    let url = postgres.database("history").await;
    let client = connect(&url).await;
    client.batch_execute(IDENTIFIER).await.unwrap();
    let known =
        "select count(*), coalesce(max(created_at) > now() - interval '30 minutes', false) from upload_sessions";
    let known = client.query_one(known, &[]).await.unwrap();
    // Ten sessions leave 38 events.
    let sessions = effort.history * 10 / 38 + 1;
    if known.get::<_, i64>(0) < sessions || !known.get::<_, bool>(1) {
        fill(&client, sessions).await;
    }
    let rollups = database(&url).rollups();
    while rollups.make(100).await.unwrap() > 0 {}
    settle(&client).await;
    url
}

async fn fill(client: &Client, sessions: i64) {
    eprintln!("making {sessions} sessions of 90 days and their events");
    client.batch_execute("truncate upload_sessions cascade").await.unwrap();
    // Without triggers: there are no sums yet that would have to change.
    client.batch_execute("set session_replication_role = replica").await.unwrap();
    for start in (0..sessions).step_by(usize::try_from(BATCH).unwrap()) {
        let end = sessions.min(start + BATCH);
        client.execute(SESSIONS, &[&start, &end, &(sessions as f64), &USERS]).await.unwrap();
    }
    client.batch_execute("analyze").await.unwrap();
    let first: DateTime<Utc> = client.query_one("select now() - interval '95 days'", &[]).await.unwrap().get(0);
    for ten_days in 0..10 {
        let start = first + TimeDelta::days(10 * ten_days);
        client.execute(EVENTS, &[&start, &(start + TimeDelta::days(10))]).await.unwrap();
    }
    client.batch_execute("reset session_replication_role").await.unwrap();
}
