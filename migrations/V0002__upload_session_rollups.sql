-- Sums of whole hours and days (UTC), so that the analytics of a long period need not read every session and event.
-- A row is right or is not there: what changes a sum removes the row in the same transaction, and the worker makes it
-- anew. Times between rows are read from the sessions and events themselves.

create table upload_session_rollups (
  width interval not null check (width in ('1 hour', '24 hours')),
  starts_at timestamptz not null,
  -- The sessions created in the period, and what became of them.
  created bigint not null,
  finalized bigint not null,
  failed bigint not null,
  upload_time_us bigint not null,
  -- Upload times: the numbers of the buckets that are not empty, ascending, and how many sessions each holds.
  buckets integer[] not null,
  bucket_counts bigint[] not null,
  failure_reasons text[] not null,
  failure_steps text[] not null,
  failure_counts bigint[] not null,
  -- The events that happened in the period.
  event_types text[] not null,
  event_counts bigint[] not null,
  primary key (width, starts_at)
);

create function upload_session_upload_time_us (created_at timestamptz, finalized_at timestamptz) returns bigint
language sql immutable
return (extract(epoch from finalized_at - created_at) * 1000000)::bigint;

-- Bucket n > 0 holds the times above 1.02^(n - 2) and up to 1.02^(n - 1) microseconds; bucket 0 holds those that are not
-- above 0. The middle of a bucket is within 1 % of all that it holds.
create function upload_session_bucket (time_us bigint) returns integer
language sql immutable
return case when time_us <= 0 then 0 else 1 + ceil(ln(time_us::float8) / ln(1.02::float8))::integer end;

create function upload_session_bucket_middle_us (bucket integer) returns float8
language sql immutable
return case when bucket = 0 then 0 else 2 * power(1.02::float8, bucket - 1) / 2.02 end;

-- The sums of a period, from the sessions and events.
create function upload_session_sums (period_start timestamptz, period_end timestamptz)
returns table (
  created bigint, finalized bigint, failed bigint, upload_time_us bigint, buckets integer[], bucket_counts bigint[],
  failure_reasons text[], failure_steps text[], failure_counts bigint[], event_types text[], event_counts bigint[]
)
language sql stable
as $$
  with sessions as materialized (
    select s.status, s.failure_reason, s.failure_step,
      case when s.status = 'completed'
        then upload_session_upload_time_us(s.created_at, coalesce(s.finalized_at, s.updated_at)) end as time_us
    from upload_sessions s
    where s.created_at >= period_start and s.created_at < period_end
  ),
  counts as (
    select count(*) as created, count(*) filter (where status = 'completed') as finalized,
      count(*) filter (where status = 'failed') as failed, coalesce(sum(time_us), 0)::bigint as time_us
    from sessions
  ),
  histogram as (
    select coalesce(array_agg(bucket order by bucket), '{}') as buckets,
      coalesce(array_agg(n order by bucket), '{}') as counts
    from (
      select upload_session_bucket(time_us) as bucket, count(*) as n from sessions where status = 'completed' group by 1
    ) b
  ),
  failures as (
    select coalesce(array_agg(reason order by reason, step), '{}') as reasons,
      coalesce(array_agg(step order by reason, step), '{}') as steps,
      coalesce(array_agg(n order by reason, step), '{}') as counts
    from (
      select coalesce(failure_reason, 'unknown') as reason, coalesce(failure_step, 'session_created')::text as step,
        count(*) as n
      from sessions where status = 'failed' group by 1, 2
    ) f
  ),
  events as (
    select coalesce(array_agg(event_type order by event_type), '{}') as types,
      coalesce(array_agg(n order by event_type), '{}') as counts
    from (
      select event_type::text, count(*) as n from upload_session_analytics e
      where e.created_at >= period_start and e.created_at < period_end
      group by 1
    ) e
  )
  select c.created, c.finalized, c.failed, c.time_us, h.buckets, h.counts, f.reasons, f.steps, f.counts, e.types, e.counts
  from counts c, histogram h, failures f, events e
$$;

-- Removes the sums of the periods that these moments lie in. Whoever makes sums holds the advisory lock exclusively and
-- reads after taking it; whoever changes what was summed up holds it shared until the change is committed. So no sum can
-- miss a change. Rows are locked in one order: those who change the same hours do not deadlock.
create function upload_session_forget_sums (moments timestamptz[]) returns void
language plpgsql
as $$
begin
  perform pg_advisory_xact_lock_shared(8462382925460304690);
  with touched as (
    select distinct '1 hour'::interval as width, date_trunc('hour', m, 'UTC') as starts_at from unnest(moments) m
    union all
    select distinct '24 hours'::interval, date_trunc('day', m, 'UTC') from unnest(moments) m
  ),
  locked as materialized (
    select r.width, r.starts_at
    from upload_session_rollups r join touched t using (width, starts_at)
    order by r.width, r.starts_at
    for update of r
  )
  delete from upload_session_rollups r using locked l where r.width = l.width and r.starts_at = l.starts_at;
end
$$;

-- Events change the sums of when they happened; the last event of a session those of when the session was created.
create function upload_session_events_added () returns trigger
language plpgsql
as $$
begin
  perform upload_session_forget_sums(array(
    select distinct date_trunc('hour', e.created_at, 'UTC') from changed e
    union
    select date_trunc('hour', s.created_at, 'UTC')
    from changed e join upload_sessions s on s.id = e.session_id
    where e.event_type in ('session_finalized', 'session_failed')
  ));
  return null;
end
$$;

create function upload_session_rows_changed () returns trigger
language plpgsql
as $$
begin
  perform upload_session_forget_sums(array(select distinct date_trunc('hour', created_at, 'UTC') from changed));
  return null;
end
$$;

create function upload_session_row_moved () returns trigger
language plpgsql
as $$
begin
  perform upload_session_forget_sums(
    case tg_op when 'INSERT' then array[new.created_at] else array[old.created_at, new.created_at] end
  );
  return null;
end
$$;

create function upload_session_all_removed () returns trigger
language plpgsql
as $$
begin
  delete from upload_session_rollups;
  return null;
end
$$;

create trigger events_added after insert on upload_session_analytics
  referencing new table as changed for each statement execute function upload_session_events_added();
create trigger events_removed after delete on upload_session_analytics
  referencing old table as changed for each statement execute function upload_session_rows_changed();
create trigger all_removed after truncate on upload_session_analytics
  for each statement execute function upload_session_all_removed();

-- Requests create sessions now and never move or delete them: they fire none of these, and wait for nothing here.
create trigger old_session_added after insert on upload_sessions
  for each row when (new.created_at < now() - interval '5 minutes') execute function upload_session_row_moved();
create trigger session_moved after update of created_at on upload_sessions
  for each row execute function upload_session_row_moved();
create trigger sessions_removed after delete on upload_sessions
  referencing old table as changed for each statement execute function upload_session_rows_changed();
create trigger all_removed after truncate on upload_sessions
  for each statement execute function upload_session_all_removed();
