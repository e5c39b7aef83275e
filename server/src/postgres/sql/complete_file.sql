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
  returning f.session_id, f.user_id, f.file_size_bytes
),
event as (
  insert into upload_session_outbox (event_id, session_id, event_type, metadata, created_at)
  select $7::uuid, d.session_id, 'file_completed',
    jsonb_build_object('user_id', d.user_id, 'file_count', 1, 'total_size_bytes', d.file_size_bytes,
      'elapsed_time_ms', floor(extract(epoch from $3 - c.created_at) * 1000)::bigint),
    $3
  from done d join current c on c.id = d.session_id
),
