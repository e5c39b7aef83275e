-- What waits in the outbox. Identifiers are in order of time; the index tells more quickly than the table, which is large
-- for ever once it was.
select
  (select count(*) from upload_session_outbox) as depth,
  (select count(*) from upload_session_outbox where rejected_because is not null) as rejected,
  (select created_at from upload_session_outbox where rejected_because is null order by event_id limit 1) as oldest
