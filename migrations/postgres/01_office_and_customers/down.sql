DROP TABLE search_words;
DROP TABLE customers;
DROP TABLE withdrawn_keys;
DROP TABLE office;
