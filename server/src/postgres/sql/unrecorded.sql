-- Of a page of new rows those that have no event, and the last; and whether there may be more. An event has its row's identifier;
-- servers of earlier versions gave it another one, and left it in the outbox.
looked_at as materialized (
  select p.*,
    -- In these forms each event is looked for by its key, however many there are, and type and time are no reason to read all
    -- of them.
    (select true from upload_session_analytics e where e.event_id = p.id) is null
    and (
      select true from upload_session_analytics e
      where e.session_id = p.session_id and (e.event_type = $4::text and e.created_at = p.created_at) is true
      limit 1
    ) is null
    and (p.session_id, p.created_at) not in (
      select o.session_id, o.created_at from upload_session_outbox o where o.event_type = $4::text
    ) as unrecorded
  from page p
)
select r.*, (select s.created_at from upload_sessions s where s.id = r.session_id) as begun,
  (select count(*) = $3 from page) as full
from looked_at r
where unrecorded or id = (select id from page order by id desc limit 1)
order by id
