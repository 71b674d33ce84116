-- What installations said of themselves, beside what they are: nothing that is issued depends on it.
CREATE TABLE observations (
  installation_id TEXT PRIMARY KEY NOT NULL REFERENCES installations (id),
  heard_at TEXT NOT NULL,
  -- The highest sequence number that it said to have, and when it last said so.
  seq INTEGER,
  seq_said_at TEXT,
  -- JSON: the machines that it ran on, the last one first.
  machines TEXT NOT NULL,
  -- Since when it may be one of two, and by what: two_machines, older_license.
  clone_since TEXT,
  clone_sign TEXT,
  CHECK ((seq IS NULL) = (seq_said_at IS NULL)),
  CHECK ((clone_since IS NULL) = (clone_sign IS NULL))
) STRICT;
CREATE INDEX observations_clone ON observations (clone_since, installation_id)
WHERE clone_since IS NOT NULL;
