-- $1 from, $2 to, $3 user, $4 event type. How many events there are on all pages.
select count(*) as total
from upload_session_analytics e
where ($1::timestamptz is null or e.created_at >= $1) and ($2::timestamptz is null or e.created_at < $2)
  -- An array and no join: only so does the condition vanish from the plan when there is no user, and use an index else.
  and ($3::text is null or e.session_id = any (array(select id from upload_sessions where user_id = $3)))
  and ($4::text is null or e.event_type = $4)
