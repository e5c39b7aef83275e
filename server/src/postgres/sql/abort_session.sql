-- The session is locked by a statement before this one, so that this one sees every file that came in before.
-- $7 event, $8 reason, when the client gave one
progress as (
  select c.id, p.*,
    coalesce($8::text, upload_session_failure_reason(c.id, 'aborted')) as failure_reason
  from current c cross join lateral upload_session_progress(c.id) p
),
done as (
  update upload_sessions s
  set status = 'failed', failed_at = $3, updated_at = $3, failure_cause = 'aborted', failure_reason = p.failure_reason,
    failure_step = p.last_step
  from progress p
  where s.id = (select id from current) and (s.status = 'active' and s.expires_at > $3) is true
  returning s.id
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select $7::uuid, p.id, 'session_failed', p.file_count, p.total_size_bytes, p.failure_reason, p.last_step, $3
  from progress p join done d on d.id = p.id
),
emptied as (
  -- What is stored of the files goes, so they are no earlier uploads of anything.
  update upload_session_files f
  set status = 'registered', file_url = null, completed_at = null, updated_at = $3
  where f.session_id = (select id from done) and f.status = 'completed'
),
parts_removed as (
  delete from upload_session_parts
  where file_id = any (array(select id from upload_session_files where session_id = (select id from done)))
)
select c.status, c.live, c.expires_at, c.failure_cause,
  coalesce(array_agg(f.id order by f.id) filter (where f.id is not null), '{}') as files,
  coalesce(array_agg(f.upload_token order by f.id) filter (where f.id is not null), '{}') as tokens
from current c
-- `offset 0` lets each session find its files by their key, whatever was known of the table when the plan was made.
left join lateral (
  select f.id, f.upload_token from upload_session_files f
  where f.session_id = c.id and f.upload_token is not null and (c.live or c.failure_cause = 'aborted')
  offset 0
) f on true
group by c.status, c.live, c.expires_at, c.failure_cause
