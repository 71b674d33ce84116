-- Until when a password is accepted that somebody else has set; NULL for one that the person has chosen.
ALTER TABLE staff ADD COLUMN password_until TIMESTAMP;

-- A session in which the person must choose a password first.
ALTER TABLE sessions DROP CONSTRAINT sessions_stage_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_stage_check
  CHECK (stage IN ('second-factor', 'enrol', 'new-password', 'in'));

-- The emails to administrators before an issuing key ends, by key and days before: each is sent once.
CREATE TABLE key_notices (
  key TEXT COLLATE "C" NOT NULL,
  days BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (key, days)
);
