//! What it costs to bring events to the analytics, sums included: processor time of the whole database.

use std::time::Instant;

use tokio_postgres::{Client, Row, types::Json};
use upload_server::domain::{
    SessionId,
    analytics::{Event, EventMetadata, EventType},
};

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
/// The steps that change rows leave their events in the outbox; the others tell them in memory.
const FILL: &str = "
    insert into upload_session_outbox (event_id, session_id, event_type, file_count, total_size_bytes, created_at)
    select event_id, session_id, event_type, 1, 4096, created_at from planned
    where event_type in ('file_completed', 'session_finalized') order by event_id limit $1";
const TOLD: &str = "
    select * from planned where event_type in ('session_created', 'file_registered') order by event_id limit $1";

/// What bringing events to the analytics took: the time in seconds, and processor time of the database.
struct Costs {
    events: f64,
    took: f64,
    from_memory: f64,
    through_outbox: f64,
    sums: f64,
}

impl Costs {
    fn used(&self) -> f64 {
        self.from_memory + self.through_outbox + self.sums
    }

    /// Microseconds of an event from memory and through the outbox, which are half of all each.
    fn ways(&self) -> String {
        let [memory, outbox] = [self.from_memory, self.through_outbox].map(|used| used / self.events * 2e6);
        format!("{memory:.1} and {outbox:.1} µs")
    }
}

/// Measures the ways from memory and through the outbox, and the sums.
pub async fn measure(postgres: &Postgres, effort: &Effort, report: &mut Report) {
    let url = postgres.new_database("writer").await;
    let client = connect(&url).await;
    client.execute(PLAN, &[&effort.moved]).await.unwrap();
    client.batch_execute(EVENTS).await.unwrap();

    let all = bring(postgres, &client, &url, effort.moved, BATCH).await;
    report.add(
        "the writer: processor time of the database an event",
        format!("{:.1} µs, of which the sums {:.1}", all.used() / all.events * 1e6, all.sums / all.events * 1e6),
        "≤ 25 µs",
    );
    report.add(
        "the writer: events a second, sums included",
        format!("{:.0}; {:.0} a second of one processor's time", all.events / all.took, all.events / all.used()),
        "≥ 30,000",
    );
    report.add(format!("an event from memory and one through the outbox, {BATCH} at once"), all.ways(), "");
    // Some, and as few at once as the worker takes while few requests are under way.
    for (batch, share) in [(250, 2), (50, 5)] {
        let some = bring(postgres, &client, &url, effort.moved / share, batch).await;
        report.add(format!("the same, {batch} at once"), some.ways(), "");
    }
}

/// Brings the first events of the plan to the analytics, so many at once, and sums them up.
async fn bring(postgres: &Postgres, client: &Client, url: &str, events: i64, batch: i64) -> Costs {
    client.batch_execute("truncate upload_session_analytics; delete from upload_session_rollups").await.unwrap();
    let told: Vec<Event> = client.query(TOLD, &[&(events / 2)]).await.unwrap().iter().map(event).collect();
    client.execute(FILL, &[&(events / 2)]).await.unwrap();
    settle(client).await;

    let database = database(url);
    let (recorder, outbox, rollups) = (database.recorder(), database.outbox(), database.rollups());
    let (begun, before) = (Instant::now(), postgres.cpu_seconds());
    let at_once = usize::try_from(batch).unwrap();
    for told in told.chunks(at_once) {
        told.iter().for_each(|event| database.events().push(event.clone()));
        assert_eq!(recorder.record(at_once).await.unwrap(), told.len());
    }
    let recorded = postgres.cpu_seconds() - before;
    while outbox.move_events(batch).await.unwrap() == batch {}
    let moved = postgres.cpu_seconds() - before;
    while rollups.make(24).await.unwrap() > 0 {}
    let (took, used) = (begun.elapsed().as_secs_f64(), postgres.cpu_seconds() - before);
    assert_eq!(rollups.check().await.unwrap().wrong, []);
    let count = client.query_one("select count(*) from upload_session_analytics", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), events);
    Costs { events: events as f64, took, from_memory: recorded, through_outbox: moved - recorded, sums: used - moved }
}

fn event(row: &Row) -> Event {
    let event_type = match row.get("event_type") {
        "session_created" => EventType::SessionCreated,
        _ => EventType::FileRegistered,
    };
    let Json(metadata) = row.get::<_, Json<EventMetadata>>("metadata");
    let (id, session) = (row.get("event_id"), SessionId(row.get("session_id")));
    Event { id, session, event_type, created_at: row.get("created_at"), metadata }
}
