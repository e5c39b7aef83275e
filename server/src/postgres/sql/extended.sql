-- How every activity ends: what is `done` extends a session that is due. The whole condition is repeated, the cap
-- included, so that of several calls at once only the first finds it true.
extended as (
  update upload_sessions s
  set expires_at = c.extensible_to, updated_at = $3
  from current c
  where s.id = (select session_id from done)
    -- `is true` keeps the index of times out of the plan: what a plan finds few may be many when it is used.
    and (s.status = 'active' and s.expires_at > $3 and s.expires_at <= $4 and s.expires_at < c.extensible_to) is true
  returning s.expires_at
)
