-- A month of example sessions with their events: mornings are busier than nights, and weekends quieter than weekdays. The
-- figures of a session follow from its number, so that they are the same whenever this runs.
with days as (
  select day, date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - day * interval '1 day' as starts_at
  from generate_series(1, 29) as day
),
numbered as (
  select day, number, starts_at, abs(hashtext(day || ':' || number)) as dice, abs(hashtext(number || '/' || day)) as other_dice
  from days, generate_series(1, 60) as number
  where number <= 22 + abs(hashtext('day' || day)) % 14
    + case when extract(isodow from starts_at at time zone 'UTC') < 6 then 24 else 0 end
),
timed as (
  select *,
    starts_at + interval '7 hours' + (other_dice % 43200) * interval '1 second' as created_at,
    (3000 + power(dice % 1000 / 1000.0, 4) * 240000)::int as elapsed_ms,
    1 + dice % 6 as file_count,
    (1 + other_dice % 400) * 1000000::bigint as size,
    dice % 100 >= 7 as succeeded,
    case dice % 7 when 0 then 'the client gave up' when 1 then 'cancelled by the user' when 2 then 'cancelled by the user' else 'expired' end
      as reason,
    case other_dice % 4 when 0 then 'session_created' when 1 then 'file_completed' else 'file_registered' end as step
  from numbered
),
sessions as (
  insert into upload_sessions (user_id, status, created_at, expires_at, updated_at, declared_file_count, declared_size_bytes,
    finalized_at, failed_at, failure_cause, failure_reason, failure_step)
  select (array['ada', 'grace', 'barbara', 'joan', 'radia', 'frances'])[1 + dice % 6],
    case when succeeded then 'completed' else 'failed' end,
    created_at, created_at + interval '30 minutes', created_at + interval '30 minutes', file_count, size,
    case when succeeded then created_at + elapsed_ms * interval '1 millisecond' end,
    case when not succeeded then created_at + interval '30 minutes' end,
    case when not succeeded then case reason when 'expired' then 'expired' else 'aborted' end end,
    case when not succeeded then reason end,
    case when not succeeded then step end
  from timed
  returning *
)
insert into upload_session_analytics (session_id, event_type, created_at, metadata)
select id, event_type, happened_at, jsonb_strip_nulls(jsonb_build_object(
  'user_id', user_id,
  'file_count', declared_file_count,
  'total_size_bytes', declared_size_bytes,
  'elapsed_time_ms', (1000 * extract(epoch from happened_at - created_at))::bigint,
  'failure_reason', case event_type when 'session_failed' then failure_reason end,
  'step', case event_type when 'session_failed' then failure_step end
))
from sessions, lateral (values
  ('session_created', created_at),
  ('session_finalized', finalized_at),
  ('session_failed', failed_at)
) as events (event_type, happened_at)
where happened_at is not null;
