ALTER TABLE api_tokens DROP COLUMN expires_at;
ALTER TABLE api_tokens DROP COLUMN last_used_at;
ALTER TABLE api_tokens DROP COLUMN addresses;
ALTER TABLE api_tokens DROP COLUMN previous_hash;
ALTER TABLE api_tokens DROP COLUMN previous_until;
ALTER TABLE customers DROP COLUMN activation_secret;
DROP TABLE secrets;
