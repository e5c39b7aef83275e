-- $1 the moment until which the look found all there will ever be. A clock that is ahead hides nothing.
update upload_session_event_looks set complete_until = least($1, clock_timestamp() - interval '1 minute')
where complete_until <> $1
