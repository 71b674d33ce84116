-- Places that were taken over by the activation key alone; releases do not stand here.
CREATE TABLE moves (
  installation_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES installations (id),
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  -- Nobody is replaced twice.
  replaced_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES installations (id),
  moved_at TIMESTAMP NOT NULL,
  CHECK (installation_id <> replaced_id)
);
CREATE INDEX moves_customer ON moves (customer_id, moved_at);

-- What was recorded stays.
CREATE TRIGGER moves_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON moves
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
