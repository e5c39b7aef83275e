-- $1 how many. Moves events to the analytics as one step: an event is here or there, never in both, never in neither.
-- Workers take different events; what one holds, the others skip. An event whose session is gone goes with it.
-- That an event is there already fails all, and the worker finds it with smaller portions: to ask of each would cost a fifth.
with batch as materialized (
  select ctid as place from upload_session_outbox where rejected_because is null order by event_id limit $1
  for update skip locked
),
moved as (
  -- By their places, which saves looking each up in the index again: locked rows stay where they are.
  delete from upload_session_outbox o where o.ctid = any (array(select place from batch))
  returning o.*
),
inserted as (
  insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
  select m.event_id, m.session_id, m.event_type,
    upload_session_event_metadata(m.metadata, s.user_id, m.file_count, m.total_size_bytes, m.created_at - s.created_at,
      m.failure_reason, m.failure_step),
    m.created_at
  -- One by one by their key, whatever is known of the table: a plan that was made while it was empty may be used when there
  -- are a million sessions.
  from moved m cross join lateral (
    select s.user_id, s.created_at from upload_sessions s where s.id = m.session_id limit 1
  ) s
)
select count(*) as moved from moved
