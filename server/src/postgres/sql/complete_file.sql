-- $7 event, $8 file, $9 url, $10 the etags of the parts that it was put together from. The session is locked before, so that
-- parts which were recorded meanwhile are seen here.
recorded as materialized (
  select array(select p.etag from upload_session_parts p where p.file_id = $8 order by p.part_number) as etags
),
target as materialized (
  select f.*, r.etags = $10::text[] as same_parts
  from upload_session_files f cross join recorded r
  where f.id = $8 and (f.session_id = (select id from current where live)) is true
  for no key update of f
),
done as (
  update upload_session_files f
  set status = 'completed', file_url = $9, completed_at = $3, updated_at = $3, hash_mismatch_at = null
  where f.id = (select id from target where same_parts) and f.status = 'registered'
  returning f.session_id, f.file_size_bytes
),
event as (
  insert into upload_session_outbox
    (event_id, session_id, event_type, file_count, total_size_bytes, failure_reason, failure_step, created_at)
  select $7::uuid, d.session_id, 'file_completed', 1, d.file_size_bytes, null, null, $3 from done d
),
