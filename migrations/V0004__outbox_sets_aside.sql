-- One event that cannot be moved to the analytics is set aside in the outbox, and stops no other.

alter table upload_session_outbox
  -- Why it could not be moved. It is not tried again until this is null.
  add column rejected_because text,
  -- The analytics would refuse it. Events that wait already are not looked at: one of another type is set aside.
  add constraint upload_session_outbox_event_type_check check (
    event_type in ('session_created', 'file_registered', 'file_completed', 'session_finalized', 'session_failed')
  ) not valid;

create index idx_upload_session_outbox_rejected on upload_session_outbox (event_id) where rejected_because is not null;

-- To give the end of a table back to the disk, vacuum takes a lock that requests wait for; and the outbox is drained all
-- the time.
alter table upload_session_outbox set (vacuum_truncate = off);

-- Moves one event to the analytics, or sets it aside; then the answer is why. An event whose session is gone goes with it,
-- and one that is there already is not doubled.
create function upload_session_move_event (event uuid) returns text
language plpgsql
as $$
begin
  with moved as (
    delete from upload_session_outbox o where o.event_id = event
    returning o.event_id, o.session_id, o.event_type, o.metadata, o.created_at
  )
  insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
  select m.event_id, m.session_id, m.event_type, m.metadata, m.created_at
  from moved m
  where exists (select from upload_sessions s where s.id = m.session_id)
  on conflict (event_id) do nothing;
  return null;
exception when data_exception or integrity_constraint_violation or raise_exception then
  update upload_session_outbox o set rejected_because = sqlerrm where o.event_id = event;
  return sqlerrm;
end
$$;
