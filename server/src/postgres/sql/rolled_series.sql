parts as (
  select starts_at, created, finalized, failed from rolled where created > 0
  union all
  select s.created_at, 1, (s.status = 'completed')::integer, (s.status = 'failed')::integer
  from gaps g join upload_sessions s on s.created_at >= g.gap_start and s.created_at < g.gap_end
)
select (starts_at at time zone 'UTC')::date as date, sum(created)::bigint as created, sum(finalized)::bigint as finalized,
  sum(failed)::bigint as failed
from parts
group by 1
order by 1
