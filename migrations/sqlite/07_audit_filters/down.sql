DROP INDEX audit_events_recorded;
DROP INDEX audit_events_actor;
DROP INDEX audit_events_action;
DROP INDEX audit_events_customer_recorded;
