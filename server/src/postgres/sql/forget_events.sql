-- $1 before, $2 how many. Removes the oldest events; workers take different ones.
with batch as materialized (
  select ctid as place from upload_session_analytics where created_at < $1 order by created_at limit $2
  for update skip locked
),
forgotten as (
  -- By their places: locked rows stay where they are.
  delete from upload_session_analytics where ctid = any (array(select place from batch)) returning 1
)
select count(*) as forgotten from forgotten
