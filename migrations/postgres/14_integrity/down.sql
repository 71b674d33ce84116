DROP TABLE integrity_alarms;
DROP TABLE chain_heads;
DROP INDEX audit_events_number;
ALTER TABLE audit_events DROP COLUMN chain;
ALTER TABLE audit_events DROP COLUMN number;
ALTER TABLE ledger DROP COLUMN chain;
