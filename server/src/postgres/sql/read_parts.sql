-- $1 file
select part_number, etag, size_bytes from upload_session_parts where file_id = $1 order by part_number
