-- $7 file, $8 key, $9 size, $10 hash, $11 content type, $12 idempotency key, $13 request hash
fitting as (
  select *,
    case when due and expires_at < extensible_to then extensible_to end as extended_to
  from current
  where live and $9::bigint <= part_size_bytes * 10000
),
claimed as (
  insert into upload_session_idempotency_keys as k (user_id, idempotency_key, request_hash, answer, created_at)
  select $2, $12, $13,
    jsonb_build_object('file_id', $7::uuid, 'part_size_bytes', part_size_bytes, 'expires_at', expires_at, 'extended_to', extended_to),
    $3
  from fitting
  where $12::text is not null
  on conflict (user_id, idempotency_key) do update
    set request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at
    where k.created_at <= $3 - interval '24 hours'
  returning true
),
done as (
  insert into upload_session_files
    (id, session_id, user_id, file_key, file_size_bytes, file_hash, content_type, status, created_at, updated_at)
  select $7, id, user_id, $8, $9, $10, $11, 'registered', $3, $3
  from fitting
  where $12::text is null or exists (select from claimed)
  on conflict (session_id, file_key) do nothing
  returning session_id
),
