-- $1 from, $2 to. Which sums cover the period, and what lies between them and has to be read: days where there are any,
-- hours else. Sums do not count when the end of one of their sessions still waits in the outbox.
with waiting as (
  select distinct date_trunc('hour', s.created_at, 'UTC') as hour
  from upload_session_outbox o join upload_sessions s on s.id = o.session_id
  where o.event_type in ('session_finalized', 'session_failed')
),
stale as (
  select '1 hour'::interval as width, hour as starts_at from waiting
  union
  select '24 hours'::interval, date_trunc('day', hour, 'UTC') from waiting
),
whole as (
  select r.width, r.starts_at
  from upload_session_rollups r
  where ($1::timestamptz is null or r.starts_at >= $1) and ($2::timestamptz is null or r.starts_at + r.width <= $2)
    and not exists (select from stale s where s.width = r.width and s.starts_at = r.starts_at)
),
chosen as (
  select h.width, h.starts_at
  from whole h
  where h.width = '24 hours'
    or not exists (
      select from whole d where d.width = '24 hours' and d.starts_at = date_trunc('day', h.starts_at, 'UTC')
    )
),
between_sums as (
  select lag(starts_at + width, 1, $1) over (order by starts_at) as gap_start, starts_at as gap_end from chosen
  union all
  select coalesce(max(starts_at + width), $1), $2 from chosen
)
select
  array(select starts_at from chosen where width = '1 hour') as hours,
  array(select starts_at from chosen where width = '24 hours') as days,
  coalesce(array_agg(gap_start order by gap_start nulls first), '{}') as gap_starts,
  coalesce(array_agg(gap_end order by gap_start nulls first), '{}') as gap_ends
from between_sums
where gap_start is null or gap_end is null or gap_start < gap_end
