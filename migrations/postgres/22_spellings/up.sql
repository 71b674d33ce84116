-- The version of the rules by which order keys and search words are folded (in Rust). The server folds
-- anew what follows an earlier version. Without a row, order numbers stand as they were typed.
CREATE TABLE spellings (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  version BIGINT NOT NULL
);

-- Which purchase stands under an order number, in whichever spelling: unique among all customers. A void
-- takes it away.
ALTER TABLE standing_orders RENAME COLUMN order_number TO order_key;
-- Above 0 for a purchase that was recorded in a second spelling before spellings were compared.
ALTER TABLE standing_orders ADD COLUMN twin BIGINT NOT NULL DEFAULT 0 CHECK (twin >= 0);
ALTER TABLE standing_orders ALTER COLUMN twin DROP DEFAULT;
ALTER TABLE standing_orders DROP CONSTRAINT standing_orders_pkey;
ALTER TABLE standing_orders ADD PRIMARY KEY (order_key, twin);
