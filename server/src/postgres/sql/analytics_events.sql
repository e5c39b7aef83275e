-- $1 from, $2 to, $3 user, $4 event types, $5 and $6 the last event of the page before, $7 how many, $8 how many to skip
select e.event_id, e.session_id, e.event_type, e.metadata, e.created_at
from upload_session_analytics e
where ($1::timestamptz is null or e.created_at >= $1) and ($2::timestamptz is null or e.created_at < $2)
  and ($3::text is null or e.session_id in (select id from upload_sessions where user_id = $3))
  and e.event_type = any($4::text[])
  and ($5::timestamptz is null or (e.created_at, e.event_id) < ($5, $6::uuid))
order by e.created_at desc, e.event_id desc
limit $7 offset $8
