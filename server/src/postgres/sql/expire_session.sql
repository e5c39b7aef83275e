-- The session is locked by a statement before this one, so that this one sees every file that came in before.
-- $7 event
expired as (
  update upload_sessions s
  set status = 'failed', failed_at = $3, updated_at = $3, failure_cause = 'expired',
    failure_reason = upload_session_failure_reason(s.id, 'expired'),
    failure_step = (select last_step from upload_session_progress(s.id))
  where s.id = (select id from locked) and (s.status = 'active' and s.expires_at <= $3) is true
  returning s.id, s.failure_reason, s.failure_step
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select $7::uuid, e.id, 'session_failed', p.file_count, p.total_size_bytes, e.failure_reason, e.failure_step, $3
  from expired e cross join lateral upload_session_progress(e.id) p
)
select live, status, expires_at, failure_cause from current
