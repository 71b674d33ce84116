-- The address and language of notices to staff about their accounts.
ALTER TABLE staff ADD COLUMN email TEXT;
ALTER TABLE staff ADD COLUMN language TEXT NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en'));

-- An email is about a customer, or it is a notice to a member of staff: sign_in_slowed,
-- access_changed, second_factor_confirmed, recovery_code_used, integrity_alarm.
ALTER TABLE mails ALTER COLUMN customer_id DROP NOT NULL;
ALTER TABLE mails ADD COLUMN staff_id TEXT COLLATE "C" REFERENCES staff (id);
-- What a notice to staff says, as JSON; never holds a secret.
ALTER TABLE mails ADD COLUMN details TEXT;
ALTER TABLE mails ADD CONSTRAINT mails_topic CHECK ((customer_id IS NULL) <> (staff_id IS NULL));
ALTER TABLE mails ADD CONSTRAINT mails_details CHECK ((staff_id IS NULL) = (details IS NULL));
CREATE INDEX mails_staff ON mails (staff_id, id) WHERE staff_id IS NOT NULL;
