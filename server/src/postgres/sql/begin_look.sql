-- $1 now, $2 how recently nobody else must have begun, if that matters. Answers since when to look, to one server at a time.
update upload_session_event_looks
set began_at = $1
where (began_at between $2 and $1::timestamptz + interval '1 minute') is not true
returning complete_until
