-- $1 session, $2 owner
select id from upload_sessions where id = $1 and (user_id = $2) is true for no key update
