-- How every activity begins: the session is locked, and what its state means now is worked out from the locked row.
-- $1 session, $2 owner, $3 now, $4 due until, $5 proposed end, $6 longest life in microseconds, $7 event
with locked as materialized (
  select id, user_id, status, part_size_bytes, created_at, expires_at, failure_cause,
    coalesce(finalized_at, updated_at) as finalized_at
  from upload_sessions
  -- `is true` keeps the index of users out of the plan: a plan made while the tables are new would take it, and a user may
  -- have a million sessions when it is used.
  where id = $1 and (user_id = $2) is true
  for no key update
),
current as materialized (
  select *,
    status = 'active' and expires_at > $3 as live,
    expires_at <= $4 as due,
    least($5, created_at + $6::bigint * interval '1 microsecond') as extensible_to
  from locked
),
expired as (
  update upload_sessions s
  set status = 'failed', failed_at = $3, updated_at = $3, failure_cause = 'expired',
    failure_reason = upload_session_failure_reason(s.id, 'expired'),
    failure_step = (select last_step from upload_session_progress(s.id))
  where s.id = (select id from locked) and s.status = 'active' and s.expires_at <= $3
  returning s.id, s.user_id, s.created_at, s.failure_reason, s.failure_step
),
expired_event as (
  insert into upload_session_outbox (event_id, session_id, event_type, metadata, created_at)
  select $7::uuid, e.id, 'session_failed',
    jsonb_build_object('user_id', e.user_id, 'file_count', p.file_count, 'total_size_bytes', p.total_size_bytes,
      'elapsed_time_ms', floor(extract(epoch from $3 - e.created_at) * 1000)::bigint,
      'failure_reason', e.failure_reason, 'step', e.failure_step),
    $3
  from expired e cross join lateral upload_session_progress(e.id) p
),
