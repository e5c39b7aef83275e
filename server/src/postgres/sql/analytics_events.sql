-- $1 from, $2 to, $3 user, $4 event type, $5 and $6 the last event of the page before, $7 how many, $8 how many to skip
select e.event_id, e.session_id, e.event_type, e.metadata, e.created_at
from upload_session_analytics e
where ($1::timestamptz is null or e.created_at >= $1) and ($2::timestamptz is null or e.created_at < $2)
  -- An array and no join: only so does the condition vanish from the plan when there is no user, and use an index else.
  and ($3::text is null or e.session_id = any (array(select id from upload_sessions where user_id = $3)))
  and ($4::text is null or e.event_type = $4)
  and ($5::timestamptz is null or (e.created_at, e.event_id) < ($5, $6::uuid))
order by e.created_at desc, e.event_id desc
limit $7 offset $8
