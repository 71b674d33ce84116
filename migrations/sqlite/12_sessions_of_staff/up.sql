-- A session begins at the right password, so each has a person. Whoever was signed in signs in again.
DROP TABLE sessions;
CREATE TABLE sessions (
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
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
