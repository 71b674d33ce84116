-- The version of the rules by which order keys and search words are folded (in Rust). The server folds
-- anew what follows an earlier version. Without a row, order numbers stand as they were typed.
CREATE TABLE spellings (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;

-- Which purchase stands under an order number, in whichever spelling: unique among all customers. A void
-- takes it away.
ALTER TABLE standing_orders RENAME TO standing_orders_old;
CREATE TABLE standing_orders (
  order_key TEXT NOT NULL,
  -- Above 0 for a purchase that was recorded in a second spelling before spellings were compared.
  twin INTEGER NOT NULL CHECK (twin >= 0),
  purchase_id TEXT NOT NULL UNIQUE REFERENCES purchases (id),
  PRIMARY KEY (order_key, twin)
) STRICT, WITHOUT ROWID;
INSERT INTO standing_orders (order_key, twin, purchase_id)
SELECT order_number, 0, purchase_id FROM standing_orders_old;
DROP TABLE standing_orders_old;
