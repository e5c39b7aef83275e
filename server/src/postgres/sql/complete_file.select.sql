select c.status, c.live, c.expires_at, c.failure_cause, c.part_size_bytes, (select expires_at from extended) as extended_to,
  t.id as file_id, t.file_key, t.file_size_bytes, t.file_hash, t.content_type, t.upload_token,
  'completed' as file_status, coalesce(t.file_url, $9) as file_url, t.same_parts
from current c left join target t on t.session_id = c.id
