-- $1 from, $2 to, $3 user, $4 event types. How many events there are on all pages.
select count(*) as total
from upload_session_analytics e
where ($1::timestamptz is null or e.created_at >= $1) and ($2::timestamptz is null or e.created_at < $2)
  and ($3::text is null or e.session_id in (select id from upload_sessions where user_id = $3))
  and e.event_type = any($4::text[])
