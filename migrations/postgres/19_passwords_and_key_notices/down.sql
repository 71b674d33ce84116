DROP TABLE key_notices;

DELETE FROM sessions WHERE stage = 'new-password';
ALTER TABLE sessions DROP CONSTRAINT sessions_stage_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_stage_check
  CHECK (stage IN ('second-factor', 'enrol', 'in'));
ALTER TABLE staff DROP COLUMN password_until;
