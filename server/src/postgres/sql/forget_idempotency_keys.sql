-- $1 now, $2 how many. Removes the oldest keys that are free again; one that is just being used anew stays, and a request
-- that uses one waits for no more than these.
with batch as materialized (
  select ctid as place
  from upload_session_idempotency_keys
  where created_at <= $1::timestamptz - interval '24 hours'
  order by created_at
  limit $2
  for update skip locked
),
forgotten as (
  -- By their places: locked rows stay where they are.
  delete from upload_session_idempotency_keys where ctid = any (array(select place from batch)) returning 1
)
select count(*) as forgotten from forgotten
