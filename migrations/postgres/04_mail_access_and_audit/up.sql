-- The outbox: mails owed, written in the transaction that owes them, and mails sent.
CREATE TABLE mails (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  -- license_ready, purchase_voided, emergency_granted, emergency_owed.
  kind TEXT NOT NULL,
  -- The purchase, void or grant it tells of.
  cause_id TEXT COLLATE "C" NOT NULL,
  with_activation_key BOOLEAN NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'stopped')),
  attempts BIGINT NOT NULL,
  -- When it is tried next; a worker claims a mail by moving this ahead.
  due_at TIMESTAMP NOT NULL,
  last_error TEXT,
  created_at TIMESTAMP NOT NULL,
  sent_at TIMESTAMP
);
CREATE INDEX mails_due ON mails (state, due_at);
-- Who was told an activation key.
CREATE INDEX mails_activation_key ON mails (customer_id) WHERE with_activation_key;
CREATE INDEX mails_customer ON mails (customer_id, kind);

-- What was answered to a request that wrote, by who asked and the name they gave it.
CREATE TABLE idempotency_records (
  scope TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  request_hash BYTEA NOT NULL,
  -- JSON; never holds a secret.
  outcome TEXT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  -- When it may be forgotten; never, where this is null.
  keep_until TIMESTAMP,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_records_keep_until ON idempotency_records (keep_until);

CREATE TABLE api_tokens (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'sales', 'auditor')),
  hash BYTEA NOT NULL UNIQUE,
  created_at TIMESTAMP NOT NULL,
  revoked_at TIMESTAMP
);

CREATE TABLE audit_events (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  customer_id TEXT COLLATE "C",
  -- JSON.
  before TEXT,
  after TEXT
);
CREATE INDEX audit_events_customer ON audit_events (customer_id, id);

-- What was recorded stays.
CREATE TRIGGER audit_events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
