DROP TABLE key_notices;

CREATE TABLE sessions_old (
  id TEXT PRIMARY KEY NOT NULL,
  -- SHA-256 of the cookie's key. It changes with each step; the id stays.
  hash BLOB NOT NULL UNIQUE,
  staff_id TEXT NOT NULL REFERENCES staff (id),
  stage TEXT NOT NULL CHECK (stage IN ('second-factor', 'enrol', 'in')),
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
INSERT INTO sessions_old (id, hash, staff_id, stage, form_token, next, enrolment, address, browser, created_at,
  last_seen_at, proved_at, expires_at)
SELECT id, hash, staff_id, stage, form_token, next, enrolment, address, browser, created_at,
  last_seen_at, proved_at, expires_at
FROM sessions WHERE stage <> 'new-password';
DROP TABLE sessions;
ALTER TABLE sessions_old RENAME TO sessions;
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

ALTER TABLE staff DROP COLUMN password_until;
