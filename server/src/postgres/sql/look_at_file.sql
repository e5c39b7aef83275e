-- $1 session, $2 owner, $3 file, $4 now
select s.status, s.status = 'active' and s.expires_at > $4 as live, s.created_at, s.expires_at, s.failure_cause, s.part_size_bytes,
  f.id as file_id, f.file_key, f.file_size_bytes, f.file_hash, f.content_type, f.status as file_status, f.file_url, f.upload_token
from upload_sessions s
left join upload_session_files f on f.id = $3 and (f.session_id = s.id) is true
where s.id = $1 and (s.user_id = $2) is true
