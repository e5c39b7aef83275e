-- Moves the first event to the analytics by itself, or sets it aside; then `rejected` says why.
select event_id, upload_session_move_event(event_id) as rejected
from (
  select event_id from upload_session_outbox where rejected_because is null order by event_id limit 1 for update skip locked
) first
