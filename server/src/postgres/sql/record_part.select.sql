select c.status, c.live, c.expires_at, c.failure_cause, c.part_size_bytes, (select expires_at from extended) as extended_to,
  t.status as file_status, exists (select from done) as done, p.etag as previous_etag, p.size_bytes as previous_size
from current c
left join target t on t.session_id = c.id
left join previous p on true
