CREATE TABLE licenses (
  -- The transaction that added it: by it is seen whose current license is another one since.
  change BIGINT NOT NULL DEFAULT txid_current(),
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  seq BIGINT NOT NULL,
  issued_at TIMESTAMP NOT NULL,
  -- The thumbprint of the issuing key.
  key TEXT COLLATE "C" NOT NULL,
  -- What it was issued for: purchase, void, grant, activation, release, licensee, withdrawal.
  cause TEXT NOT NULL,
  -- The purchase, void, grant or installation that caused it.
  cause_id TEXT COLLATE "C" NOT NULL,
  document BYTEA NOT NULL,
  UNIQUE (customer_id, seq)
);
CREATE INDEX licenses_cause ON licenses (cause_id);
CREATE INDEX licenses_change ON licenses (change);

CREATE TABLE installations (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  thumbprint TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  product_version TEXT NOT NULL,
  -- JSON: hashes by name of the signal.
  fingerprint TEXT NOT NULL,
  activated_at TIMESTAMP NOT NULL,
  released_at TIMESTAMP,
  used_user_accounts BIGINT,
  used_emergency_accounts BIGINT,
  used_external_connections BIGINT,
  usage_reported_at TIMESTAMP
);
-- A key holds one place at a time, with one customer.
CREATE UNIQUE INDEX installations_active ON installations (thumbprint) WHERE released_at IS NULL;
CREATE INDEX installations_thumbprint ON installations (thumbprint);
CREATE INDEX installations_customer ON installations (customer_id);

-- What was recorded stays.
CREATE TRIGGER licenses_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON licenses
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
