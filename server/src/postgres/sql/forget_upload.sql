-- $1 file, $2 token
with forgotten as (
  update upload_session_files
  set upload_token = null
  where id = $1 and upload_token = $2 and status = 'registered'
  returning id
)
delete from upload_session_parts where file_id = (select id from forgotten)
