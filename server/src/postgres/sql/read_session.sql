-- $1 session, $2 owner
select s.status, s.part_size_bytes, s.created_at, s.expires_at, s.failure_cause, s.failure_reason,
  f.id as file_id, f.file_key, f.file_size_bytes, f.file_hash, f.content_type, f.status as file_status, f.file_url,
  p.numbers, p.etags, p.sizes
from upload_sessions s
left join upload_session_files f on f.session_id = s.id
left join lateral (
  select array_agg(part_number order by part_number) as numbers, array_agg(etag order by part_number) as etags,
    array_agg(size_bytes order by part_number) as sizes
  from upload_session_parts
  where file_id = f.id and f.status <> 'completed'
) p on true
where s.id = $1 and (s.user_id = $2) is true
order by f.created_at, f.id
