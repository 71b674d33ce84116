-- The versions of the secrets that the keys directory must hold.
CREATE TABLE secrets (
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  -- A code made with the secret: tells another file under the same name.
  fingerprint BLOB NOT NULL,
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (name, version)
) STRICT;

-- The version of the activation secret that the activation key is derived from.
ALTER TABLE customers ADD COLUMN activation_secret INTEGER NOT NULL DEFAULT 1;

-- A token ends. SQLite cannot add a column without a default, so the table is built again.
CREATE TABLE api_tokens_new (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'sales', 'auditor')),
  hash BLOB NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  revoked_at TEXT,
  expires_at TEXT NOT NULL,
  -- Written at most once a minute.
  last_used_at TEXT,
  -- Addresses and networks from which the token is accepted, separated by commas; empty: any.
  addresses TEXT NOT NULL,
  -- After a rotation: the token before, and until when it is still accepted.
  previous_hash BLOB UNIQUE,
  previous_until TEXT
) STRICT;
INSERT INTO api_tokens_new (id, name, role, hash, created_at, revoked_at, expires_at, addresses)
SELECT id, name, role, hash, created_at, revoked_at, datetime(created_at, '+365 days'), ''
FROM api_tokens;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_new RENAME TO api_tokens;
