-- The sessions are locked by a statement before this one, so that this one sees every file that came in before.
-- $1 now, $2 sessions, $3 an event identifier for each. Records them as expired.
with expired as (
  update upload_sessions s
  set status = 'failed', failed_at = $1, updated_at = $1, failure_cause = 'expired',
    failure_reason = upload_session_failure_reason(s.id, 'expired'),
    failure_step = (select last_step from upload_session_progress(s.id))
  where s.id = any ($2::uuid[]) and (s.status = 'active' and s.expires_at <= $1) is true
  returning s.id, s.failure_reason, s.failure_step, ($3::uuid[])[array_position($2::uuid[], s.id)] as event_id
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select e.event_id, e.id, 'session_failed', p.file_count, p.total_size_bytes, e.failure_reason, e.failure_step, $1
  from expired e cross join lateral upload_session_progress(e.id) p
)
select count(*) as expired from expired
