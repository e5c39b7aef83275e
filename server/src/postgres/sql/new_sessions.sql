-- $1 first identifier, $2 end of them, $3 how many. Of the oldest sessions of these, those that have no event, and the last.
-- An event has its session's identifier; servers of earlier versions gave it another one, and left it in the outbox.
with page as materialized (
  select id, user_id, declared_file_count, declared_size_bytes, created_at
  from upload_sessions
  where id >= $1 and id < $2
  order by id
  limit $3
),
looked_at as materialized (
  select p.*,
    -- In these forms each event is looked for by its key, however many there are, and the type is no reason to read all of it.
    (select true from upload_session_analytics e where e.event_id = p.id) is null
    and (
      select true from upload_session_analytics e
      where e.session_id = p.id and (e.event_type = 'session_created') is true
      limit 1
    ) is null
    and p.id not in (select o.session_id from upload_session_outbox o where o.event_type = 'session_created')
      as unrecorded
  from page p
)
select * from looked_at where unrecorded or id = (select id from page order by id desc limit 1) order by id
