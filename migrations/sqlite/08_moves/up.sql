-- Places that were taken over by the activation key alone; releases do not stand here.
CREATE TABLE moves (
  installation_id TEXT PRIMARY KEY NOT NULL REFERENCES installations (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  -- Nobody is replaced twice.
  replaced_id TEXT NOT NULL UNIQUE REFERENCES installations (id),
  moved_at TEXT NOT NULL,
  CHECK (installation_id <> replaced_id)
) STRICT;
CREATE INDEX moves_customer ON moves (customer_id, moved_at);

-- What was recorded stays.
CREATE TRIGGER moves_never_change BEFORE UPDATE ON moves
BEGIN SELECT RAISE(ABORT, 'append-only: moves'); END;
CREATE TRIGGER moves_never_go BEFORE DELETE ON moves
BEGIN SELECT RAISE(ABORT, 'append-only: moves'); END;
