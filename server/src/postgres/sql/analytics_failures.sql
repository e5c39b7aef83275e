-- $1 from, $2 to, $3 user. Where the sessions created in the period failed; the most common points, of all their count.
select coalesce(failure_reason, 'unknown') as reason, coalesce(failure_step, 'session_created') as step,
  count(*) as count, sum(count(*)) over ()::bigint as failures
from upload_sessions
where status = 'failed'
  and ($1::timestamptz is null or created_at >= $1) and ($2::timestamptz is null or created_at < $2)
  and ($3::text is null or user_id = $3)
group by 1, 2
order by count desc, reason, step
limit 100
