CREATE TABLE api_tokens_old (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'sales', 'auditor')),
  hash BLOB NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT;
INSERT INTO api_tokens_old (id, name, role, hash, created_at, revoked_at)
SELECT id, name, role, hash, created_at, revoked_at FROM api_tokens;
DROP TABLE api_tokens;
ALTER TABLE api_tokens_old RENAME TO api_tokens;
ALTER TABLE customers DROP COLUMN activation_secret;
DROP TABLE secrets;
