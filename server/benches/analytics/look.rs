//! The look for events of new rows that are missing, where none is.

use chrono::Utc;

use super::report::Report;
use super::shared::postgres::{Postgres, connect, database};

const SINCE: &str = "update upload_session_event_looks set complete_until = now() - interval '10 days'";
const ROWS: &str = "
    select (select count(*) from upload_sessions where created_at >= now() - interval '10 days') +
      (select count(*) from upload_session_files where created_at >= now() - interval '10 days')";
const EVENTS: &str = "select count(*) from upload_session_analytics";

/// Measures a look at the sessions and files of ten days.
pub async fn measure(postgres: &Postgres, url: &str, report: &mut Report) {
    let client = connect(url).await;
    let count = async |sql| client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let (rows, events) = (count(ROWS).await, count(EVENTS).await);
    client.execute(SINCE, &[]).await.unwrap();
    let recorder = database(url).recorder();
    let before = postgres.cpu_seconds();
    let mut look = recorder.begin_look_at_once(Utc::now()).await.unwrap();
    while let Some(next) = look {
        look = recorder.go_on(next).await.unwrap();
    }
    let used = postgres.cpu_seconds() - before;
    assert_eq!(count(EVENTS).await, events);
    report.add(
        "the look for events that are missing: processor time of the database a row",
        format!("{:.1} µs, of {rows} rows", used / rows as f64 * 1e6),
        "",
    );
}
