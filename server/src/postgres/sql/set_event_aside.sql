-- $1 event, $2 session, $3 type, $4 metadata, $5 time, $6 why. Keeps an event in the outbox that the analytics refuse.
insert into upload_session_outbox (event_id, session_id, event_type, metadata, created_at, rejected_because)
select $1, $2, $3, $4, $5, $6
where exists (select from upload_sessions s where s.id = $2)
on conflict (event_id) do nothing
