//! What the second design would need: a look at the sessions and files for steps whose events are missing.

use super::report::Report;
use super::shared::postgres::{Postgres, connect};

/// Steps since a moment whose events are missing. Nothing finds files by time, or sessions by the time of their end:
/// indexes for that would cost every request.
const MISSING: &str = "
    with steps as (
      select id as subject, 'session_created' as type, created_at as at from upload_sessions where created_at >= $1
      union all
      select id, 'file_registered', created_at from upload_session_files where created_at >= $1
      union all
      select id, 'file_completed', completed_at from upload_session_files where completed_at >= $1
      union all
      select id, 'session_finalized', finalized_at from upload_sessions where finalized_at >= $1
      union all
      select id, 'session_failed', failed_at from upload_sessions where failed_at >= $1
    )
    select count(*), count(*) filter (where not exists (
      select from upload_session_analytics e where e.event_id = step_id(s.subject, s.type, s.at)
    ))
    from steps s";

/// Measures the look at the last hour, and at everything.
pub async fn measure(postgres: &Postgres, url: &str, report: &mut Report) {
    let client = connect(url).await;
    client.batch_execute("set jit = off; set max_parallel_workers_per_gather = 0").await.unwrap();
    for (name, period) in [("the last hour", "1 hour"), ("everything", "100 days")] {
        let since = format!("select now() - interval '{period}'");
        let since: chrono::DateTime<chrono::Utc> = client.query_one(&since, &[]).await.unwrap().get(0);
        let before = postgres.cpu_seconds();
        let row = client.query_one(MISSING, &[&since]).await.unwrap();
        let used = postgres.cpu_seconds() - before;
        assert_eq!(row.get::<_, i64>(1), 0);
        report.add(
            format!("the reconciliation of design b: {name}"),
            format!("{:.0} ms of processor time of the database for {} steps", used * 1e3, row.get::<_, i64>(0)),
            "",
        );
    }
}
