DROP TABLE audit_events;
DROP TABLE api_tokens;
DROP TABLE idempotency_records;
DROP TABLE mails;
