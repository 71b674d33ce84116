-- The numbering that purchases, voids and grants share.
CREATE TABLE ledger (
  customer_id TEXT NOT NULL REFERENCES customers (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('purchase', 'void', 'grant')),
  recorded_at TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  PRIMARY KEY (customer_id, number)
) STRICT, WITHOUT ROWID;

-- A customer's purchases lie together: they are read all at once.
CREATE TABLE purchases (
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  order_number TEXT NOT NULL CHECK (length(order_number) BETWEEN 1 AND 64),
  paid_on TEXT NOT NULL,
  user_accounts INTEGER CHECK (user_accounts BETWEEN 1 AND 1000000),
  external_connections INTEGER CHECK (external_connections BETWEEN 1 AND 1000000),
  support_until TEXT,
  notify INTEGER NOT NULL,
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (customer_id, number),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number),
  CHECK (user_accounts IS NOT NULL OR external_connections IS NOT NULL OR support_until IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- Which purchase stands under an order number: unique among all customers. A void takes it away.
CREATE TABLE standing_orders (
  order_number TEXT PRIMARY KEY NOT NULL,
  purchase_id TEXT NOT NULL UNIQUE REFERENCES purchases (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE voids (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  purchase_id TEXT NOT NULL UNIQUE REFERENCES purchases (id),
  reason TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  UNIQUE (customer_id, number),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number)
) STRICT;

CREATE TABLE grants (
  id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  accounts INTEGER NOT NULL CHECK (accounts BETWEEN 1 AND 10),
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  spent_order TEXT NOT NULL,
  UNIQUE (customer_id, number),
  -- The last guard of the emergency rule: an order's right is spent once.
  UNIQUE (customer_id, spent_order),
  CHECK (starts_at < ends_at),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number)
) STRICT;

-- What was recorded stays.
CREATE TRIGGER ledger_never_change BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'append-only: ledger'); END;
CREATE TRIGGER ledger_never_go BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'append-only: ledger'); END;
CREATE TRIGGER purchases_never_change BEFORE UPDATE ON purchases
BEGIN SELECT RAISE(ABORT, 'append-only: purchases'); END;
CREATE TRIGGER purchases_never_go BEFORE DELETE ON purchases
BEGIN SELECT RAISE(ABORT, 'append-only: purchases'); END;
CREATE TRIGGER voids_never_change BEFORE UPDATE ON voids
BEGIN SELECT RAISE(ABORT, 'append-only: voids'); END;
CREATE TRIGGER voids_never_go BEFORE DELETE ON voids
BEGIN SELECT RAISE(ABORT, 'append-only: voids'); END;
CREATE TRIGGER grants_never_change BEFORE UPDATE ON grants
BEGIN SELECT RAISE(ABORT, 'append-only: grants'); END;
CREATE TRIGGER grants_never_go BEFORE DELETE ON grants
BEGIN SELECT RAISE(ABORT, 'append-only: grants'); END;
