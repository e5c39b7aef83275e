done as (
  select id as session_id from current where live
),
