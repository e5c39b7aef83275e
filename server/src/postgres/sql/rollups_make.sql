-- $1 starts, $2 whether each is a day. Sums up periods; under the lock that those share who change what is summed up.
with made as (
  insert into upload_session_rollups
  select p.width, p.starts_at, s.*
  from (
    select starts_at, case when day then '24 hours'::interval else '1 hour'::interval end as width
    from unnest($1::timestamptz[], $2::boolean[]) w (starts_at, day)
  ) p
  cross join lateral upload_session_sums(p.starts_at, p.starts_at + p.width) s
  on conflict do nothing
  returning 1
)
select count(*) as made from made
