-- The session is locked by a statement before this one, so that this one sees every file that came in before.
-- $7 event
expired as (
  update upload_sessions s
  set status = 'failed', failed_at = $3, updated_at = $3, failure_cause = 'expired',
    failure_reason = upload_session_failure_reason(s.id, 'expired'),
    failure_step = (select last_step from upload_session_progress(s.id))
  where s.id = (select id from locked) and s.status = 'active' and s.expires_at <= $3
  returning s.id, s.user_id, s.created_at, s.failure_reason, s.failure_step
),
event as (
  insert into upload_session_outbox (event_id, session_id, event_type, metadata, created_at)
  select $7::uuid, e.id, 'session_failed',
    jsonb_build_object('user_id', e.user_id, 'file_count', p.file_count, 'total_size_bytes', p.total_size_bytes,
      'elapsed_time_ms', floor(extract(epoch from $3 - e.created_at) * 1000)::bigint,
      'failure_reason', e.failure_reason, 'step', e.failure_step),
    $3
  from expired e cross join lateral upload_session_progress(e.id) p
)
select live, status, expires_at, failure_cause from current
