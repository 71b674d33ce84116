-- Notices to staff have no place in the former table.
DELETE FROM mails WHERE customer_id IS NULL;
ALTER TABLE mails DROP CONSTRAINT mails_details;
ALTER TABLE mails DROP CONSTRAINT mails_topic;
DROP INDEX mails_staff;
ALTER TABLE mails DROP COLUMN details;
ALTER TABLE mails DROP COLUMN staff_id;
ALTER TABLE mails ALTER COLUMN customer_id SET NOT NULL;

ALTER TABLE staff DROP COLUMN language;
ALTER TABLE staff DROP COLUMN email;
