-- Failed sign-ins in a row: for a name, for a person's codes, for either on a known browser, and for
-- a half-open session.
CREATE TABLE sign_in_failures (
  -- SHA-256 of what is counted: a name may be one that nobody has, or a password in the wrong field.
  counter BLOB PRIMARY KEY NOT NULL,
  failures INTEGER NOT NULL CHECK (failures >= 0),
  -- An attempt is under way; the next one is refused until it ends, or until then.
  pending_until TEXT,
  -- The pause after too many failures.
  blocked_until TEXT,
  changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_changed ON sign_in_failures (changed_at);

-- The secrets of second factors. Before, they were derived: whoever had one sets it up again.
CREATE TABLE second_factors (
  staff_id TEXT PRIMARY KEY NOT NULL REFERENCES staff (id),
  -- Sealed with the server's secret for it.
  secret BLOB NOT NULL
) STRICT;
UPDATE staff SET totp_confirmed = 0;
