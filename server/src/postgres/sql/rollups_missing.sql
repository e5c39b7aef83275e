-- $1 how many at most. Hours and days that are over, have sessions or events, and are not summed up, newest first. While
-- sessions of a recent hour are open, its sums would not last: it waits until they have ended, for two hours at most.
with recursive widths (unit, width) as (
  values ('hour', '1 hour'::interval), ('day', '24 hours'::interval)
),
-- From one period that has something to the next: times without sessions cost nothing.
periods as (
  select w.unit, w.width, date_trunc(w.unit, least(
      (select min(created_at) from upload_sessions where created_at > '-infinity'),
      (select min(created_at) from upload_session_analytics where created_at > '-infinity')
    ), 'UTC') as starts_at
  from widths w
  union all
  select p.unit, p.width, date_trunc(p.unit, least(
      (select min(created_at) from upload_sessions where created_at >= p.starts_at + p.width),
      (select min(created_at) from upload_session_analytics where created_at >= p.starts_at + p.width)
    ), 'UTC')
  from periods p
  where isfinite(p.starts_at)
)
select array_agg(starts_at) as starts, array_agg(width = '24 hours') as days
from (
  select p.starts_at, p.width
  from periods p
  where p.starts_at + p.width < now() - interval '15 minutes'
    and not exists (select from upload_session_rollups r where r.width = p.width and r.starts_at = p.starts_at)
    and (p.starts_at + p.width < now() - interval '2 hours' or not exists (
      select from upload_sessions s
      where s.status = 'active' and s.created_at >= p.starts_at and s.created_at < p.starts_at + p.width
    ))
  order by p.starts_at desc
  limit $1
) missing
