ALTER TABLE standing_orders DROP CONSTRAINT standing_orders_pkey;
UPDATE standing_orders SET order_key =
  (SELECT order_number FROM purchases WHERE purchases.id = standing_orders.purchase_id);
ALTER TABLE standing_orders DROP COLUMN twin;
ALTER TABLE standing_orders RENAME COLUMN order_key TO order_number;
ALTER TABLE standing_orders ADD PRIMARY KEY (order_number);

DROP TABLE spellings;
