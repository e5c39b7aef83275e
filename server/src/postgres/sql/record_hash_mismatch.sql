-- $1 file, $2 now. An attempt that another one has overtaken with the right content tells nothing any more.
update upload_session_files set hash_mismatch_at = $2 where id = $1 and status = 'registered'
