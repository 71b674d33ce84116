-- The audit, newest first: all of it, by who did it, by what was done, by customer.
CREATE INDEX audit_events_recorded ON audit_events (recorded_at, id);
CREATE INDEX audit_events_actor ON audit_events (actor, recorded_at, id);
CREATE INDEX audit_events_action ON audit_events (action, recorded_at, id);
CREATE INDEX audit_events_customer_recorded ON audit_events (customer_id, recorded_at, id);
