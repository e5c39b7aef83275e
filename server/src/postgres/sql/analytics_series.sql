-- $1 from, $2 to, $3 user. The sessions created on each day (UTC) of the period, and what became of them.
select (created_at at time zone 'UTC')::date as date, count(*) as created,
  count(*) filter (where status = 'completed') as finalized, count(*) filter (where status = 'failed') as failed
from upload_sessions
where ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
  and ($3::text is null or user_id = $3)
group by 1
order by 1
