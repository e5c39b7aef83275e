-- $1 now, $2 how many. Removes the oldest keys that are free again; one that is just being used anew stays, and a request
-- that uses one waits for no more than these.
with batch as (
  select user_id, idempotency_key
  from upload_session_idempotency_keys
  where created_at <= $1::timestamptz - interval '24 hours'
  order by created_at
  limit $2
  for update skip locked
),
forgotten as (
  delete from upload_session_idempotency_keys k
  using batch b
  where k.user_id = b.user_id and k.idempotency_key = b.idempotency_key
  returning 1
)
select count(*) as forgotten from forgotten
