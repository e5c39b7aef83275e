-- $1 first identifier, $2 end of them, $3 how many, $4 the type of their events. The oldest sessions of these.
with page as materialized (
  select id, id as session_id, user_id, declared_file_count as file_count, declared_size_bytes as total_size_bytes, created_at
  from upload_sessions
  where id >= $1 and id < $2
  order by id
  limit $3
),
