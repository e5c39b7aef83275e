parts as (
  select t.n
  from rolled r cross join lateral unnest(r.event_types, r.event_counts) t (event_type, n)
  where $5::text is null or t.event_type = $5
  union all
  select count(*)
  from gaps g join upload_session_analytics e on e.created_at >= g.gap_start and e.created_at < g.gap_end
  where $5::text is null or e.event_type = $5
)
select coalesce(sum(n), 0)::bigint as total from parts
