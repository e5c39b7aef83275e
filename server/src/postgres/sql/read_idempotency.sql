-- $1 owner, $2 idempotency key
select k.request_hash, k.answer, f.file_key
from upload_session_idempotency_keys k
-- `limit 1` lets the file be found by its key, whatever was known of the table when the plan was made.
left join lateral (
  select f.file_key from upload_session_files f where f.id = (k.answer ->> 'file_id')::uuid limit 1
) f on true
where k.user_id = $1 and k.idempotency_key = $2
