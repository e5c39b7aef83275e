-- Upload sessions, their files and parts, and what is told about them. Runs on PostgreSQL 15 to 18.
-- Columns that a client's request does not name have defaults, so that rows can be inserted by hand.

create table upload_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id text not null,
  status varchar(20) not null default 'active' check (status in ('active', 'completed', 'failed')),
  part_size_bytes bigint not null default 5242880 check (part_size_bytes > 0),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- What the client said it would upload when it created the session.
  declared_file_count bigint not null default 0,
  declared_size_bytes bigint not null default 0,
  finalized_at timestamptz,
  failed_at timestamptz,
  -- Why the session failed: the cause is ours, the reason is what clients are told.
  failure_cause varchar(20) check (failure_cause in ('expired', 'aborted')),
  failure_reason text,
  failure_step varchar(50)
);

-- Analytics of a period, of everyone and of one user.
create index idx_upload_sessions_created_at on upload_sessions (created_at);
create index idx_upload_sessions_user_id_created_at on upload_sessions (user_id, created_at);
-- Sessions that are due to be recorded as expired.
create index idx_upload_sessions_expires_at on upload_sessions (expires_at) where status = 'active';

create table upload_session_files (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references upload_sessions (id) on delete cascade,
  user_id text not null,
  file_key text not null,
  file_size_bytes bigint not null check (file_size_bytes > 0),
  file_hash text,
  status varchar(20) not null default 'registered' check (status in ('registered', 'completed')),
  file_url text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  content_type text,
  -- Where the object store keeps the bytes; set by the first part.
  upload_token text,
  completed_at timestamptz,
  check (status <> 'completed' or file_url is not null),
  constraint upload_session_files_key unique (session_id, file_key)
);

create index idx_upload_session_files_duplicate_detection
  on upload_session_files (user_id, file_size_bytes, file_hash)
  where status = 'completed' and file_hash is not null;

create table upload_session_parts (
  file_id uuid not null references upload_session_files (id) on delete cascade,
  part_number integer not null check (part_number between 1 and 10000),
  etag text not null,
  size_bytes bigint not null,
  created_at timestamptz not null default now(),
  primary key (file_id, part_number)
);

create table upload_session_idempotency_keys (
  user_id text not null,
  idempotency_key text not null,
  -- SHA-256 of the request that the key was first used for, and the answer to it.
  request_hash bytea not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (user_id, idempotency_key)
);

create index idx_upload_session_idempotency_keys_created_at on upload_session_idempotency_keys (created_at);

-- Events that wait to be moved to upload_session_analytics. Written by the same statement as the step that they tell
-- of. There is no foreign key: an event may outlive its session here.
create table upload_session_outbox (
  event_id uuid primary key,
  session_id uuid not null,
  event_type varchar(50) not null,
  metadata jsonb,
  created_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create table upload_session_analytics (
  event_id uuid primary key default gen_random_uuid(),
  session_id uuid not null references upload_sessions (id) on delete cascade,
  event_type varchar(50) not null check (
    event_type in ('session_created', 'file_registered', 'file_completed', 'session_finalized', 'session_failed')
  ),
  metadata jsonb,
  created_at timestamptz not null default now()
);

create index idx_upload_session_analytics_session_id on upload_session_analytics (session_id);
create index idx_upload_session_analytics_event_type on upload_session_analytics (event_type);
create index idx_upload_session_analytics_created_at on upload_session_analytics (created_at);

-- How far a session has come: what its events tell when it ends.
create function upload_session_progress (session uuid)
returns table (file_count bigint, open_files bigint, total_size_bytes bigint, last_step text)
language sql stable
as $$
  select
    count(*),
    count(*) filter (where f.status <> 'completed'),
    coalesce(sum(f.file_size_bytes), 0)::bigint,
    case
      when count(*) = 0 then 'session_created'
      when max(f.completed_at) >= max(f.created_at) then 'file_completed'
      else 'file_registered'
    end
  from upload_session_files f
  where f.session_id = session
$$;
