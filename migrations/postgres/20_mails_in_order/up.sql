-- Mails that were never tried are claimed first, in the order in which they were written.
CREATE INDEX mails_untried ON mails (state, attempts, id);
