sessions as (
  select s.status, case when s.status = 'completed'
    then upload_session_upload_time_us(s.created_at, coalesce(s.finalized_at, s.updated_at)) end as time_us
  from gaps g join upload_sessions s on s.created_at >= g.gap_start and s.created_at < g.gap_end
),
counts as (
  select sum(created)::bigint as created, sum(finalized)::bigint as finalized, sum(failed)::bigint as failed,
    sum(time_us)::float8 as time_us
  from (
    select created, finalized, failed, upload_time_us as time_us from rolled
    union all
    select count(*), count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'), sum(time_us)
    from sessions
  ) part
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
)
select created, finalized, failed, created - finalized - failed as open,
  time_us / nullif(finalized, 0) / 1000 as average,
  (select upload_session_bucket_middle_us(min(bucket)) / 1000 from cumulated where up_to >= ceil(0.5 * finalized)) as p50,
  (select upload_session_bucket_middle_us(min(bucket)) / 1000 from cumulated where up_to >= ceil(0.95 * finalized)) as p95
from counts
