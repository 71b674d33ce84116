DROP TABLE installations;
DROP TABLE licenses;
