DROP TABLE customers;
DROP TABLE office;
