-- $1 events, $2 sessions, $3 types, $4 metadata, $5 times. Inserts events from memory. When one is there already all fail, and
-- are inserted carefully: to ask of each costs more, and nearly none is.
insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[])
