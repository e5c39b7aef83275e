-- The session is locked by a statement before this one, so that this one sees every file that came in before.
-- $7 event
progress as (
  select c.id, p.*
  from current c cross join lateral upload_session_progress(c.id) p
),
done as (
  update upload_sessions s
  set status = 'completed', finalized_at = $3, updated_at = $3
  where s.id = (select id from progress where file_count > 0 and open_files = 0)
    and (s.status = 'active' and s.expires_at > $3) is true
  returning s.id
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select $7::uuid, p.id, 'session_finalized', p.file_count, p.total_size_bytes, null, null, $3
  from progress p join done d on d.id = p.id
)
select c.status, c.live, c.expires_at, c.failure_cause, exists (select from done) as done,
  case when c.status = 'completed' then c.finalized_at else $3 end as finalized_at,
  p.file_count, p.open_files, p.total_size_bytes
from current c join progress p on p.id = c.id
