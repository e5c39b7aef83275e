-- $7 file
target as (
  select f.*
  from upload_session_files f
  where f.id = $7 and (f.session_id = (select id from current where live)) is true
),
done as (
  select session_id from target where status = 'registered'
),
