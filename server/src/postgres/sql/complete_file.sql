-- $7 event, $8 file, $9 url
target as materialized (
  select f.*
  from upload_session_files f
  where f.id = $8 and (f.session_id = (select id from current where live)) is true
  for no key update
),
done as (
  update upload_session_files f
  set status = 'completed', file_url = $9, completed_at = $3, updated_at = $3, hash_mismatch_at = null
  where f.id = (select id from target) and f.status = 'registered'
  returning f.session_id, f.file_size_bytes
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select $7::uuid, d.session_id, 'file_completed', 1, d.file_size_bytes, null, null, $3 from done d
),
