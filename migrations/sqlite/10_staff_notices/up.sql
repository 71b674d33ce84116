-- The address and language of notices to staff about their accounts.
ALTER TABLE staff ADD COLUMN email TEXT;
ALTER TABLE staff ADD COLUMN language TEXT NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en'));

-- An email is about a customer, or it is a notice to a member of staff. SQLite cannot make a column
-- nullable, so the table is built again.
CREATE TABLE mails_new (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT REFERENCES customers (id),
  staff_id TEXT REFERENCES staff (id),
  -- license_ready, purchase_voided, emergency_granted, emergency_owed; to staff sign_in_slowed,
  -- access_changed, second_factor_confirmed, recovery_code_used, integrity_alarm.
  kind TEXT NOT NULL,
  -- The purchase, void, grant or member of staff it is about.
  cause_id TEXT NOT NULL,
  -- What a notice to staff says, as JSON; never holds a secret.
  details TEXT,
  with_activation_key INTEGER NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'stopped')),
  attempts INTEGER NOT NULL,
  -- When it is tried next; a worker claims a mail by moving this ahead.
  due_at TEXT NOT NULL,
  last_error TEXT,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  CHECK ((customer_id IS NULL) <> (staff_id IS NULL)),
  CHECK ((staff_id IS NULL) = (details IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO mails_new (id, customer_id, kind, cause_id, with_activation_key, language, recipient,
  state, attempts, due_at, last_error, created_at, sent_at)
SELECT id, customer_id, kind, cause_id, with_activation_key, language, recipient,
  state, attempts, due_at, last_error, created_at, sent_at
FROM mails;
DROP TABLE mails;
ALTER TABLE mails_new RENAME TO mails;
CREATE INDEX mails_due ON mails (state, due_at);
CREATE INDEX mails_activation_key ON mails (customer_id) WHERE with_activation_key;
CREATE INDEX mails_state ON mails (state, id);
CREATE INDEX mails_customer ON mails (customer_id, id);
CREATE INDEX mails_staff ON mails (staff_id, id) WHERE staff_id IS NOT NULL;
