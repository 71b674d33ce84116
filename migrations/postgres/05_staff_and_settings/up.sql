-- People of the vendor who sign in.
CREATE TABLE staff (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  -- What they sign in with, lower case.
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  full_name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'sales', 'auditor')),
  -- argon2id, as a PHC string.
  password TEXT NOT NULL,
  -- The second factor's secret is derived from this and a secret in the keys directory.
  totp_generation BIGINT NOT NULL,
  totp_confirmed BOOLEAN NOT NULL,
  -- The last time step that was used: a code is good once.
  totp_last_step BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  disabled_at TIMESTAMP
);

-- Codes for a lost second factor; each is good once.
CREATE TABLE recovery_codes (
  staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (id),
  hash BYTEA NOT NULL,
  PRIMARY KEY (staff_id, hash)
);

CREATE TABLE sessions (
  -- SHA-256 of what the cookie holds.
  hash BYTEA PRIMARY KEY NOT NULL,
  staff_id TEXT COLLATE "C" REFERENCES staff (id),
  -- JSON.
  state TEXT NOT NULL,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- The link that makes the first administrator.
CREATE TABLE setup_links (
  hash BYTEA PRIMARY KEY NOT NULL,
  expires_at TIMESTAMP NOT NULL
);

-- What staff have set on the settings page.
CREATE TABLE settings (
  name TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);
