CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$;

-- The numbering that purchases, voids and grants share.
CREATE TABLE ledger (
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  number BIGINT NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('purchase', 'void', 'grant')),
  recorded_at TIMESTAMP NOT NULL,
  recorded_by TEXT NOT NULL,
  PRIMARY KEY (customer_id, number)
);

CREATE TABLE purchases (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL,
  order_number TEXT COLLATE "C" NOT NULL CHECK (length(order_number) BETWEEN 1 AND 64),
  paid_on DATE NOT NULL,
  user_accounts BIGINT CHECK (user_accounts BETWEEN 1 AND 1000000),
  external_connections BIGINT CHECK (external_connections BETWEEN 1 AND 1000000),
  support_until DATE,
  notify BOOLEAN NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  UNIQUE (customer_id, number),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number),
  CHECK (user_accounts IS NOT NULL OR external_connections IS NOT NULL OR support_until IS NOT NULL)
);

-- Which purchase stands under an order number: unique among all customers. A void takes it away.
CREATE TABLE standing_orders (
  order_number TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  purchase_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES purchases (id)
);

CREATE TABLE voids (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL,
  purchase_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES purchases (id),
  reason TEXT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  UNIQUE (customer_id, number),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number)
);

CREATE TABLE grants (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL,
  accounts BIGINT NOT NULL CHECK (accounts BETWEEN 1 AND 10),
  starts_at TIMESTAMP NOT NULL,
  ends_at TIMESTAMP NOT NULL,
  spent_order TEXT COLLATE "C" NOT NULL,
  UNIQUE (customer_id, number),
  -- The last guard of the emergency rule: an order's right is spent once.
  UNIQUE (customer_id, spent_order),
  CHECK (starts_at < ends_at),
  FOREIGN KEY (customer_id, number) REFERENCES ledger (customer_id, number)
);

-- What was recorded stays.
CREATE TRIGGER ledger_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER purchases_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON purchases
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voids_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON voids
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grants_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON grants
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
