-- The outbox is looked through by state and by customer, the newest mails first. A customer has few,
-- so that its index leaves the state out, which changes with each try.
CREATE INDEX mails_state ON mails (state, id);
DROP INDEX mails_customer;
CREATE INDEX mails_customer ON mails (customer_id, id);
