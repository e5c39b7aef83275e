-- $1 file, $2 token
update upload_session_files
set upload_token = coalesce(upload_token, $2)
where id = $1
returning upload_token
