DROP TABLE sessions;
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
