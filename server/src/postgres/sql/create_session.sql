-- $1 session, $2 owner, $3 now, $4 expires at, $5 part size, $6 declared files, $7 declared bytes,
-- $8 candidate sizes, $9 candidate hashes, $10 allow duplicates, $11 idempotency key, $12 request hash
with earlier as materialized (
  select w.size, w.hash, e.file_url
  from unnest($8::bigint[], $9::text[]) as w (size, hash)
  cross join lateral (
    select f.file_url
    from upload_session_files f
    where f.user_id = $2 and f.file_size_bytes = w.size and f.file_hash = w.hash
      -- Written out, not bound: a generic plan can use the partial index only so.
      and f.status = 'completed' and f.file_hash is not null
    limit 1
  ) e
),
found as (
  select coalesce(jsonb_agg(jsonb_build_object('size', size, 'hash', hash, 'url', file_url)), '[]') as uploads
  from earlier
),
allowed as (
  select uploads from found where $10 or not exists (select from earlier)
),
claimed as (
  insert into upload_session_idempotency_keys as k (user_id, idempotency_key, request_hash, answer, created_at)
  select $2, $11, $12,
    jsonb_build_object('session_id', $1::uuid, 'part_size_bytes', $5::bigint, 'expires_at', $4::timestamptz, 'earlier', uploads),
    $3
  from allowed
  where $11::text is not null
  on conflict (user_id, idempotency_key) do update
    set request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at
    where k.created_at <= $3 - interval '24 hours'
  returning true
),
done as (
  insert into upload_sessions
    (id, user_id, status, part_size_bytes, expires_at, created_at, updated_at, declared_file_count, declared_size_bytes)
  select $1, $2, 'active', $5, $4, $3, $3, $6, $7
  from allowed
  where $11::text is null or exists (select from claimed)
  returning id
)
select exists (select from done) as done, exists (select from allowed) as allowed, (select uploads from found) as earlier
