sessions as materialized (
  select s.status, s.created_at, s.failure_reason, s.failure_step, case when s.status = 'completed'
    then upload_session_upload_time_us(s.created_at, coalesce(s.finalized_at, s.updated_at)) end as time_us
  from gaps g join upload_sessions s on s.created_at >= g.gap_start and s.created_at < g.gap_end
),
days as (
  select (starts_at at time zone 'UTC')::date as date, sum(created)::bigint as created, sum(finalized)::bigint as finalized,
    sum(failed)::bigint as failed, sum(time_us) as time_us
  from (
    select starts_at, created, finalized, failed, upload_time_us as time_us from rolled where created > 0
    union all
    select created_at, 1, (status = 'completed')::integer, (status = 'failed')::integer, time_us from sessions
  ) part
  group by 1
),
counts as (
  select coalesce(sum(created), 0)::bigint as created, coalesce(sum(finalized), 0)::bigint as finalized,
    coalesce(sum(failed), 0)::bigint as failed, sum(time_us)::float8 as time_us
  from days
),
histogram as (
  select bucket, sum(n) as n
  from (
    select b.bucket, b.n from rolled r cross join lateral unnest(r.buckets, r.bucket_counts) b (bucket, n)
    union all
    select upload_session_bucket(time_us), 1 from sessions where status = 'completed'
  ) part
  group by bucket
),
cumulated as (
  select bucket, sum(n) over (order by bucket) as up_to from histogram
),
points as (
  select reason, step, sum(n)::bigint as count, sum(sum(n)) over ()::bigint as failures
  from (
    select f.reason, f.step, f.n
    from rolled r cross join lateral unnest(r.failure_reasons, r.failure_steps, r.failure_counts) f (reason, step, n)
    union all
    select coalesce(failure_reason, 'unknown'), coalesce(failure_step, 'session_created'), 1
    from sessions where status = 'failed'
  ) part
  group by 1, 2
  order by count desc, reason, step
  limit 100
)
select created, finalized, failed, created - finalized - failed as open,
  time_us / nullif(finalized, 0) / 1000 as average,
  (select upload_session_bucket_middle_us(min(bucket)) / 1000 from cumulated where up_to >= ceil(0.5 * finalized)) as p50,
  (select upload_session_bucket_middle_us(min(bucket)) / 1000 from cumulated where up_to >= ceil(0.95 * finalized)) as p95,
  (select jsonb_agg(p order by count desc, reason, step) from points p) as failure_points,
  (select jsonb_agg(jsonb_build_object('date', date, 'created', created, 'finalized', finalized, 'failed', failed) order by date)
    from days) as series
from counts
