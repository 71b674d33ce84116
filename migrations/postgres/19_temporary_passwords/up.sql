-- Until when a password is accepted that somebody else has set; NULL for one that the person has chosen.
ALTER TABLE staff ADD COLUMN password_until TIMESTAMP;

-- A session in which the person must choose a password first.
ALTER TABLE sessions DROP CONSTRAINT sessions_stage_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_stage_check
  CHECK (stage IN ('second-factor', 'enrol', 'new-password', 'in'));
