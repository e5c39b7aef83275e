-- $1 now, $2 how many at most. Locks sessions that have expired and that nobody has touched since, for the statement after
-- this one.
select id
from upload_sessions
where status = 'active' and expires_at <= $1
order by expires_at
limit $2
for no key update skip locked
