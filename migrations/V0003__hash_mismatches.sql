-- A content that does not have the hash that its client declared is refused, and the file stays open. A session that ends
-- with such a file has failed for that, and not for the time that ran out meanwhile.

-- When the last attempt to complete the file was refused so; null when it was not.
alter table upload_session_files add column hash_mismatch_at timestamptz;

-- Why a session fails that ends now: for a file of another content than declared, or `otherwise`.
create function upload_session_failure_reason (session uuid, otherwise text) returns text
language sql stable
as $$
  select case
    when exists (
      select from upload_session_files f
      where f.session_id = session and f.status <> 'completed' and f.hash_mismatch_at is not null
    ) then 'hash_mismatch'
    else otherwise
  end
$$;
