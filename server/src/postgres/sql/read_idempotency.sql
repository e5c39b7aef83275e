-- $1 owner, $2 idempotency key
select k.request_hash, k.answer, f.file_key
from upload_session_idempotency_keys k
left join upload_session_files f on f.id = (k.answer ->> 'file_id')::uuid
where k.user_id = $1 and k.idempotency_key = $2
