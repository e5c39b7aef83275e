-- $1 first identifier, $2 end of them, $3 how many, $4 the type of their events. The oldest files of these.
with page as materialized (
  select id, session_id, user_id, 1::bigint as file_count, file_size_bytes as total_size_bytes, created_at
  from upload_session_files
  where id >= $1 and id < $2
  order by id
  limit $3
),
