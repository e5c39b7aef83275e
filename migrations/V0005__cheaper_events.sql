-- Every step of a session writes an event to the outbox, so what that costs every request pays. The analytics check the type
-- when the event gets there: one of another type is set aside.
alter table upload_session_outbox drop constraint upload_session_outbox_event_type_check;

-- The metadata are made when the event is moved: what the session tells need not be written here.
alter table upload_session_outbox
  add column file_count bigint,
  add column total_size_bytes bigint,
  add column failure_reason text,
  add column failure_step text;
comment on column upload_session_outbox.metadata is 'of events that servers of earlier versions left here; null otherwise';

create function upload_session_event_metadata (
  given jsonb, user_id text, file_count bigint, total_size_bytes bigint, elapsed interval, failure_reason text,
  failure_step text
) returns jsonb
language sql stable
return coalesce(given, case
  when failure_step is null then jsonb_build_object(
    'user_id', user_id, 'file_count', file_count, 'total_size_bytes', total_size_bytes,
    'elapsed_time_ms', floor(extract(epoch from elapsed) * 1000)::bigint)
  else jsonb_build_object(
    'user_id', user_id, 'file_count', file_count, 'total_size_bytes', total_size_bytes,
    'elapsed_time_ms', floor(extract(epoch from elapsed) * 1000)::bigint,
    'failure_reason', failure_reason, 'step', failure_step)
end);

create or replace function upload_session_move_event (event uuid) returns text
language plpgsql
as $$
begin
  with moved as (
    delete from upload_session_outbox o where o.event_id = event
    returning o.*
  )
  insert into upload_session_analytics (event_id, session_id, event_type, metadata, created_at)
  select m.event_id, m.session_id, m.event_type,
    upload_session_event_metadata(m.metadata, s.user_id, m.file_count, m.total_size_bytes, m.created_at - s.created_at,
      m.failure_reason, m.failure_step),
    m.created_at
  from moved m join upload_sessions s on s.id = m.session_id
  on conflict (event_id) do nothing;
  return null;
exception when data_exception or integrity_constraint_violation or raise_exception then
  update upload_session_outbox o set rejected_because = sqlerrm where o.event_id = event;
  return sqlerrm;
end
$$;

-- Nearly all events are of this moment, and the hour of this moment is not summed up yet: there is nothing to forget. The
-- exceptions are as before: events of a while ago, and the last event of a session, which may have begun long ago.
create or replace function upload_session_events_added () returns trigger
language plpgsql
as $$
begin
  if exists (
    select from changed e
    where e.created_at < now() - interval '5 minutes' or e.event_type in ('session_finalized', 'session_failed')
  ) then
    perform upload_session_forget_sums(array(
      select distinct date_trunc('hour', e.created_at, 'UTC') from changed e
      union
      select date_trunc('hour', s.created_at, 'UTC')
      from changed e join upload_sessions s on s.id = e.session_id
      where e.event_type in ('session_finalized', 'session_failed')
    ));
  end if;
  return null;
end
$$;
