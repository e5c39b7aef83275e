-- $7 file, $8 part number, $9 etag, $10 size, $11 upload token
target as materialized (
  -- Locked, so that no part enters a file that is being completed.
  select f.id, f.session_id, f.status, f.upload_token
  from upload_session_files f
  where f.id = $7 and (f.session_id = (select id from current where live)) is true
  for no key update
),
previous as (
  select p.etag, p.size_bytes
  from upload_session_parts p
  where p.file_id = (select id from target) and p.part_number = $8
),
stored as (
  insert into upload_session_parts as p (file_id, part_number, etag, size_bytes, created_at)
  select id, $8, $9, $10, $3
  from target
  where status = 'registered' and upload_token = $11
  on conflict (file_id, part_number) do update
    set etag = excluded.etag, size_bytes = excluded.size_bytes, created_at = excluded.created_at
  returning p.file_id
),
done as (
  select t.session_id from target t join stored s on s.file_id = t.id
),
