select status, live, expires_at, failure_cause from current
