//! What it costs to bring events to the analytics, sums included: processor time of the whole database.

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

use super::Effort;
use super::report::Report;
use super::shared::postgres::{Postgres, connect, database, settle};

/// As many as the worker moves at once.
const BATCH: i64 = 2000;

/// Events of the last day but the last two hours, four a session, as the service records them.
const PLAN: &str = "
    insert into upload_sessions (id, user_id, status, created_at, expires_at, finalized_at)
    select gen_random_uuid(), 'user-' || n % 1000, 'completed', at, at + interval '30 minutes', at + interval '1 minute'
    from generate_series(1, $1::bigint / 4) n,
      lateral (select now() - interval '26 hours' + n * interval '24 hours' / ($1 / 4.0)::float8 as at) t";
const EVENTS: &str = "
    create table planned as
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || substr(md5(id::text || type), 1, 20))::uuid as event_id,
      id as session_id, type::varchar(50) as event_type, at as created_at,
      jsonb_build_object('user_id', user_id, 'file_count', 1, 'total_size_bytes', 4096, 'elapsed_time_ms', step * 20000) as metadata
    from upload_sessions, (values ('session_created', 0), ('file_registered', 1), ('file_completed', 2), ('session_finalized', 3))
      e (type, step), lateral (select created_at + step * interval '20 seconds' as at) t
    order by 1";
const FILL: &str = "
    insert into upload_session_outbox (event_id, session_id, event_type, file_count, total_size_bytes, created_at)
    select event_id, session_id, event_type, 1, 4096, created_at from planned order by event_id limit $1";
/// What a writer would do that has its events in memory.
const INSERT: &str = "
    insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
    select e.* from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[]) e (a, b, c, d, f)
    where exists (select from upload_sessions s where s.id = e.b)
    on conflict (event_id) do nothing";

/// What bringing events to the analytics took.
struct Costs {
    events: f64,
    /// Seconds, and seconds of processor time of the database.
    took: f64,
    used: f64,
    /// Of the latter, what making the sums took.
    sums: f64,
}

/// Measures the way through the outbox, the sums, and an insertion from memory.
pub async fn measure(postgres: &Postgres, effort: &Effort, report: &mut Report) {
    let url = postgres.new_database("writer").await;
    let client = connect(&url).await;
    client.execute(PLAN, &[&effort.moved]).await.unwrap();
    client.batch_execute(EVENTS).await.unwrap();

    let insert = from_memory(postgres, &client).await / effort.moved as f64;
    let all = through_outbox(postgres, &client, &url, effort.moved, BATCH).await;
    let moving = (all.used - all.sums) / all.events;
    report.add(
        "the writer: processor time of the database an event",
        format!("{:.1} µs, of which the sums {:.1}", all.used / all.events * 1e6, all.sums / all.events * 1e6),
        "≤ 25 µs",
    );
    report.add(
        "the writer: events a second, sums included",
        format!("{:.0}; {:.0} a second of one processor's time", all.events / all.took, all.events / all.used),
        "≥ 30,000",
    );
    report.add(
        "a writer with its events in memory (design b), without sums",
        format!("{:.1} µs an event, beside {:.1} through the outbox", insert * 1e6, moving * 1e6),
        "",
    );
    // As many at once as the worker moves while requests are busy, and while they come steadily.
    for (batch, share) in [(250, 2), (25, 10)] {
        let some = through_outbox(postgres, &client, &url, effort.moved / share, batch).await;
        report.add(
            format!("the writer: processor time of the database an event, {batch} at once, without sums"),
            format!("{:.1} µs, beside {:.1} with {BATCH}", (some.used - some.sums) / some.events * 1e6, moving * 1e6),
            "",
        );
    }
}

/// Moves the first events of the plan from the outbox, so many at once, and sums them up.
async fn through_outbox(postgres: &Postgres, client: &Client, url: &str, events: i64, batch: i64) -> Costs {
    client.batch_execute("truncate upload_session_analytics; delete from upload_session_rollups").await.unwrap();
    client.execute(FILL, &[&events]).await.unwrap();
    settle(client).await;

    let (outbox, rollups) = (database(url).outbox(), database(url).rollups());
    let (begun, before) = (Instant::now(), postgres.cpu_seconds());
    while outbox.move_events(batch).await.unwrap() == batch {}
    let moved = postgres.cpu_seconds() - before;
    while rollups.make(24).await.unwrap() > 0 {}
    let (took, used) = (begun.elapsed().as_secs_f64(), postgres.cpu_seconds() - before);
    assert_eq!(rollups.check().await.unwrap().wrong, []);
    let count = client.query_one("select count(*) from upload_session_analytics", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), events);
    Costs { events: events as f64, took, used, sums: used - moved }
}

/// Inserts all events in batches from memory; seconds of processor time.
async fn from_memory(postgres: &Postgres, client: &Client) -> f64 {
    type Columns = (Vec<Uuid>, Vec<Uuid>, Vec<String>, Vec<Value>, Vec<DateTime<Utc>>);
    let rows = client.query("select * from planned", &[]).await.unwrap();
    let batches: Vec<Columns> = rows
        .chunks(usize::try_from(BATCH).unwrap())
        .map(|rows| {
            let mut columns = Columns::default();
            for row in rows {
                columns.0.push(row.get("event_id"));
                columns.1.push(row.get("session_id"));
                columns.2.push(row.get("event_type"));
                columns.3.push(row.get("metadata"));
                columns.4.push(row.get("created_at"));
            }
            columns
        })
        .collect();
    settle(client).await;
    let insert = client.prepare(INSERT).await.unwrap();
    let before = postgres.cpu_seconds();
    for (ids, sessions, types, metadata, times) in &batches {
        client.execute(&insert, &[ids, sessions, types, metadata, times]).await.unwrap();
    }
    postgres.cpu_seconds() - before
}
