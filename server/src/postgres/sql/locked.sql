-- How every activity begins: the session is locked, and what its state means now is worked out from the locked row.
-- $1 session, $2 owner, $3 now, $4 due until, $5 proposed end, $6 longest life in microseconds
with locked as materialized (
  select id, user_id, status, part_size_bytes, created_at, expires_at, failure_cause,
    coalesce(finalized_at, updated_at) as finalized_at
  from upload_sessions
  -- `is true` keeps the index of users out of the plan: a plan made while the tables are new would take it, and a user may
  -- have a million sessions when it is used.
  where id = $1 and (user_id = $2) is true
  for no key update
),
current as materialized (
  select *,
    status = 'active' and expires_at > $3 as live,
    expires_at <= $4 as due,
    least($5, created_at + $6::bigint * interval '1 microsecond') as extensible_to
  from locked
),
