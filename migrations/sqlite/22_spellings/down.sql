ALTER TABLE standing_orders RENAME TO standing_orders_new;
CREATE TABLE standing_orders (
  order_number TEXT PRIMARY KEY NOT NULL,
  purchase_id TEXT NOT NULL UNIQUE REFERENCES purchases (id)
) STRICT, WITHOUT ROWID;
INSERT INTO standing_orders (order_number, purchase_id)
SELECT purchases.order_number, purchases.id
FROM standing_orders_new JOIN purchases ON purchases.id = standing_orders_new.purchase_id;
DROP TABLE standing_orders_new;

DROP TABLE spellings;
