-- How many periods are summed up, and which of them differ from their sessions and events. Sums that the end of a session
-- waits to change are not used, and not compared.
with compared as (
  select r.width, r.starts_at,
    (r.created, r.finalized, r.failed, r.upload_time_us, r.buckets, r.bucket_counts, r.failure_reasons, r.failure_steps,
      r.failure_counts, r.event_types, r.event_counts) is distinct from
    (s.created, s.finalized, s.failed, s.upload_time_us, s.buckets, s.bucket_counts, s.failure_reasons, s.failure_steps,
      s.failure_counts, s.event_types, s.event_counts) as differs
  from upload_session_rollups r
  cross join lateral upload_session_sums(r.starts_at, r.starts_at + r.width) s
  where not exists (
    select from upload_session_outbox o join upload_sessions waiting on waiting.id = o.session_id
    where o.event_type in ('session_finalized', 'session_failed')
      and waiting.created_at >= r.starts_at and waiting.created_at < r.starts_at + r.width
  )
)
select count(*) as compared,
  coalesce(array_agg(starts_at order by starts_at, width) filter (where differs), '{}') as wrong_starts,
  coalesce(array_agg(width = '24 hours' order by starts_at, width) filter (where differs), '{}') as wrong_days
from compared
