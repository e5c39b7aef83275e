-- A session or a file that was added tells by itself that it was created or registered: its event needs no second record
-- in the outbox. The server inserts it from memory, and a look at new rows finds the events that a crash has swallowed.

-- How far all such events are known to be in the analytics.
create table upload_session_event_looks (
  only_row boolean primary key default true check (only_row),
  -- The events of all rows whose identifiers were made before are there.
  complete_until timestamptz not null,
  -- When a server began to look last.
  began_at timestamptz not null
);

insert into upload_session_event_looks (complete_until, began_at) values (now(), '1970-01-01');
