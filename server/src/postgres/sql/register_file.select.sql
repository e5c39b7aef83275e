select c.status, c.live, c.expires_at, c.failure_cause, c.part_size_bytes, c.created_at,
  exists (select from fitting) as fitting, exists (select from claimed) as claimed, exists (select from done) as done,
  (select expires_at from extended) as extended_to
from current c
