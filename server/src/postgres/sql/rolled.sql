-- $1 hours and $2 days that are summed up, $3 starts and $4 ends of what lies between them.
with rolled as (
  select * from upload_session_rollups
  where (width = '1 hour' and starts_at = any ($1::timestamptz[])) or (width = '24 hours' and starts_at = any ($2::timestamptz[]))
),
gaps as (
  select coalesce(gap_start, '-infinity') as gap_start, coalesce(gap_end, 'infinity') as gap_end
  from unnest($3::timestamptz[], $4::timestamptz[]) gap (gap_start, gap_end)
),
