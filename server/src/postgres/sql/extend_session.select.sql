select status, live, expires_at, failure_cause, (select expires_at from extended) as extended_to from current
