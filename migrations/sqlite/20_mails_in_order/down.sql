DROP INDEX mails_untried;
