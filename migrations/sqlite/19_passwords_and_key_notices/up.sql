-- Until when a password is accepted that somebody else has set; NULL for one that the person has chosen.
ALTER TABLE staff ADD COLUMN password_until TEXT;

-- A session in which the person must choose a password first. SQLite cannot change a CHECK, so the table
-- is built again.
CREATE TABLE sessions_new (
  id TEXT PRIMARY KEY NOT NULL,
  -- SHA-256 of the cookie's key. It changes with each step; the id stays.
  hash BLOB NOT NULL UNIQUE,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  stage TEXT NOT NULL CHECK (stage IN ('second-factor', 'enrol', 'new-password', 'in')),
  -- What every form of the session carries.
  form_token TEXT NOT NULL,
  -- The path to show after signing in.
  next TEXT NOT NULL,
  -- The secret of a second factor that is being set up, sealed.
  enrolment BLOB,
  address TEXT,
  browser TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  -- When the person last proved who they are, by password or second factor.
  proved_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
INSERT INTO sessions_new (id, hash, staff_id, stage, form_token, next, enrolment, address, browser, created_at,
  last_seen_at, proved_at, expires_at)
SELECT id, hash, staff_id, stage, form_token, next, enrolment, address, browser, created_at,
  last_seen_at, proved_at, expires_at
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- The emails to administrators before an issuing key ends, by key and days before: each is sent once.
CREATE TABLE key_notices (
  key TEXT NOT NULL,
  days INTEGER NOT NULL,
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (key, days)
) STRICT;
