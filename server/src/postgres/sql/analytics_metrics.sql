-- $1 from, $2 to, $3 user. Of the sessions created in the period.
with sessions as (
  select status, extract(epoch from coalesce(finalized_at, updated_at) - created_at)::float8 * 1000 as elapsed
  from upload_sessions
  where ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
    and ($3::text is null or user_id = $3)
)
select count(*) as created, count(*) filter (where status = 'completed') as finalized,
  count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'active') as open,
  avg(elapsed) filter (where status = 'completed') as average,
  percentile_disc(0.5) within group (order by elapsed) filter (where status = 'completed') as p50,
  percentile_disc(0.95) within group (order by elapsed) filter (where status = 'completed') as p95
from sessions
