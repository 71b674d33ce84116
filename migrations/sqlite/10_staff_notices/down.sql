-- Notices to staff have no place in the former table.
CREATE TABLE mails_old (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  kind TEXT NOT NULL,
  cause_id TEXT NOT NULL,
  with_activation_key INTEGER NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'stopped')),
  attempts INTEGER NOT NULL,
  due_at TEXT NOT NULL,
  last_error TEXT,
  created_at TEXT NOT NULL,
  sent_at TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO mails_old (id, customer_id, kind, cause_id, with_activation_key, language, recipient,
  state, attempts, due_at, last_error, created_at, sent_at)
SELECT id, customer_id, kind, cause_id, with_activation_key, language, recipient,
  state, attempts, due_at, last_error, created_at, sent_at
FROM mails WHERE customer_id IS NOT NULL;
DROP TABLE mails;
ALTER TABLE mails_old RENAME TO mails;
CREATE INDEX mails_due ON mails (state, due_at);
CREATE INDEX mails_activation_key ON mails (customer_id) WHERE with_activation_key;
CREATE INDEX mails_state ON mails (state, id);
CREATE INDEX mails_customer ON mails (customer_id, id);

ALTER TABLE staff DROP COLUMN language;
ALTER TABLE staff DROP COLUMN email;
