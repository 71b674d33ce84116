-- The outbox is looked through by state and by customer, the newest mails first.
CREATE INDEX mails_state ON mails (state, id);
DROP INDEX mails_customer;
CREATE INDEX mails_customer ON mails (customer_id, state, id);
