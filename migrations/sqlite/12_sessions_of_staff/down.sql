DROP TABLE sessions;
CREATE TABLE sessions (
  -- SHA-256 of what the cookie holds.
  hash BLOB PRIMARY KEY NOT NULL,
  staff_id TEXT REFERENCES staff (id),
  -- JSON.
  state TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_staff ON sessions (staff_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
