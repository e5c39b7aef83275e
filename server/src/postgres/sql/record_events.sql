-- $1 events, $2 sessions, $3 types, $4 metadata, $5 times. Inserts events from memory. That one is there already fails all,
-- and they are inserted carefully: to ask of each would cost a fifth.
insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[])
