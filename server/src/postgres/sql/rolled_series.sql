parts as (
  select (starts_at at time zone 'UTC')::date as date, created, finalized, failed from rolled where created > 0
  union all
  select (s.created_at at time zone 'UTC')::date, count(*), count(*) filter (where s.status = 'completed'),
    count(*) filter (where s.status = 'failed')
  from gaps g join upload_sessions s on s.created_at >= g.gap_start and s.created_at < g.gap_end
  group by 1
)
select date, sum(created)::bigint as created, sum(finalized)::bigint as finalized, sum(failed)::bigint as failed
from parts
group by 1
order by 1
