-- $1 events, $2 sessions, $3 types, $4 metadata, $5 times. Inserts those that are not there yet, and whose sessions are.
insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
select e.*
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[])
  as e (event_id, session_id, event_type, metadata, created_at)
where exists (select from upload_sessions s where s.id = e.session_id)
on conflict (event_id) do nothing
