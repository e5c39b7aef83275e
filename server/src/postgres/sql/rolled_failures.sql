points as (
  select f.reason, f.step, f.n
  from rolled r cross join lateral unnest(r.failure_reasons, r.failure_steps, r.failure_counts) f (reason, step, n)
  union all
  select coalesce(s.failure_reason, 'unknown'), coalesce(s.failure_step, 'session_created'), 1
  from gaps g join upload_sessions s on s.created_at >= g.gap_start and s.created_at < g.gap_end
  where s.status = 'failed'
)
select reason, step, sum(n)::bigint as count, sum(sum(n)) over ()::bigint as failures
from points
group by 1, 2
order by count desc, reason, step
limit 100
