CREATE TABLE licenses (
  -- Rises with each license: by it is seen whose current license is another one since.
  change INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  seq INTEGER NOT NULL,
  issued_at TEXT NOT NULL,
  -- The thumbprint of the issuing key.
  key TEXT NOT NULL,
  -- What it was issued for: purchase, void, grant, activation, release, licensee, withdrawal.
  cause TEXT NOT NULL,
  -- The purchase, void, grant or installation that caused it.
  cause_id TEXT NOT NULL,
  document BLOB NOT NULL,
  UNIQUE (customer_id, seq)
) STRICT;
CREATE INDEX licenses_cause ON licenses (cause_id);

CREATE TABLE installations (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  thumbprint TEXT NOT NULL,
  name TEXT NOT NULL,
  product_version TEXT NOT NULL,
  -- JSON: hashes by name of the signal.
  fingerprint TEXT NOT NULL,
  activated_at TEXT NOT NULL,
  released_at TEXT,
  used_user_accounts INTEGER,
  used_emergency_accounts INTEGER,
  used_external_connections INTEGER,
  usage_reported_at TEXT
) STRICT;
-- A key holds one place at a time, with one customer.
CREATE UNIQUE INDEX installations_active ON installations (thumbprint) WHERE released_at IS NULL;
CREATE INDEX installations_thumbprint ON installations (thumbprint);
CREATE INDEX installations_customer ON installations (customer_id);

-- What was recorded stays.
CREATE TRIGGER licenses_never_change BEFORE UPDATE ON licenses
BEGIN SELECT RAISE(ABORT, 'append-only: licenses'); END;
CREATE TRIGGER licenses_never_go BEFORE DELETE ON licenses
BEGIN SELECT RAISE(ABORT, 'append-only: licenses'); END;
