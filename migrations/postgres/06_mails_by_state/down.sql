DROP INDEX mails_customer;
CREATE INDEX mails_customer ON mails (customer_id, kind);
DROP INDEX mails_state;
