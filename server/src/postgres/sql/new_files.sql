-- $1 first identifier, $2 end of them, $3 how many. Of the oldest files of these, those that have no event, and the last.
-- An event has its file's identifier; servers of earlier versions gave it another one, and left it in the outbox.
with page as materialized (
  select id, session_id, user_id, file_size_bytes, created_at
  from upload_session_files
  where id >= $1 and id < $2
  order by id
  limit $3
),
looked_at as materialized (
  select p.*,
    -- In these forms each event is looked for by its key, however many there are, and type and time are no reason to read all
    -- of them.
    (select true from upload_session_analytics e where e.event_id = p.id) is null
    and (
      select true from upload_session_analytics e
      where e.session_id = p.session_id and (e.event_type = 'file_registered' and e.created_at = p.created_at) is true
      limit 1
    ) is null
    and (p.session_id, p.created_at) not in (
      select o.session_id, o.created_at from upload_session_outbox o where o.event_type = 'file_registered'
    ) as unrecorded
  from page p
)
select f.*, (select s.created_at from upload_sessions s where s.id = f.session_id) as session_created_at
from looked_at f
where unrecorded or id = (select id from page order by id desc limit 1)
order by id
