-- $1 before, $2 how many. Removes the oldest events; workers take different ones.
with batch as (
  select event_id from upload_session_analytics where created_at < $1 order by created_at limit $2 for update skip locked
),
forgotten as (
  delete from upload_session_analytics e using batch b where e.event_id = b.event_id returning 1
)
select count(*) as forgotten from forgotten
