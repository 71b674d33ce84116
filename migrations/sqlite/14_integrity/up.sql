-- Hash chains: each row's value is of the row and of the value before it. The keyed head per customer
-- states where its chains end; '' is the owner of the chain of events about no customer.
ALTER TABLE ledger ADD COLUMN chain BLOB;
ALTER TABLE audit_events ADD COLUMN number INTEGER;
ALTER TABLE audit_events ADD COLUMN chain BLOB;
CREATE UNIQUE INDEX audit_events_number ON audit_events (number) WHERE customer_id IS NULL;
CREATE TABLE chain_heads (
  customer_id TEXT PRIMARY KEY NOT NULL,
  head BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Records that were found changed past the server, until a person accepts them.
CREATE TABLE integrity_alarms (
  subject TEXT PRIMARY KEY NOT NULL,
  -- JSON: what does not fit.
  details TEXT NOT NULL,
  noticed_at TEXT NOT NULL
) STRICT;
