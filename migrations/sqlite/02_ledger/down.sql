DROP TABLE grants;
DROP TABLE voids;
DROP TABLE standing_orders;
DROP TABLE purchases;
DROP TABLE ledger;
