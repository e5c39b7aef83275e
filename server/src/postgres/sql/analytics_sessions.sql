-- $1 from, $2 to, $3 user. The sessions created in the period, read once: what became of them, where they failed (the most
-- common points, of all their count), and the same by day (UTC).
with sessions as materialized (
  select status, created_at, failure_reason, failure_step,
    extract(epoch from coalesce(finalized_at, updated_at) - created_at)::float8 * 1000 as elapsed
  from upload_sessions
  where ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
    and ($3::text is null or user_id = $3)
),
points as (
  select coalesce(failure_reason, 'unknown') as reason, coalesce(failure_step, 'session_created') as step,
    count(*) as count, sum(count(*)) over ()::bigint as failures
  from sessions
  where status = 'failed'
  group by 1, 2
  order by count desc, reason, step
  limit 100
),
days as (
  select (created_at at time zone 'UTC')::date as date, count(*) as created,
    count(*) filter (where status = 'completed') as finalized, count(*) filter (where status = 'failed') as failed
  from sessions
  group by 1
)
select count(*) as created, count(*) filter (where status = 'completed') as finalized,
  count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'active') as open,
  avg(elapsed) filter (where status = 'completed') as average,
  percentile_disc(0.5) within group (order by elapsed) filter (where status = 'completed') as p50,
  percentile_disc(0.95) within group (order by elapsed) filter (where status = 'completed') as p95,
  (select jsonb_agg(p order by count desc, reason, step) from points p) as failure_points,
  (select jsonb_agg(d order by date) from days d) as series
from sessions
