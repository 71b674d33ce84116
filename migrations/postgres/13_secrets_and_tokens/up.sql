-- The versions of the secrets that the keys directory must hold.
CREATE TABLE secrets (
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL CHECK (version >= 1),
  -- A code made with the secret: tells another file under the same name.
  fingerprint BYTEA NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (name, version)
);

-- The version of the activation secret that the activation key is derived from.
ALTER TABLE customers ADD COLUMN activation_secret BIGINT NOT NULL DEFAULT 1;

-- A token ends; it may be limited to addresses (addresses and networks, separated by commas; empty:
-- any); after a rotation the token before is accepted for a while. The last use is written at most
-- once a minute.
ALTER TABLE api_tokens ADD COLUMN expires_at TIMESTAMP;
UPDATE api_tokens SET expires_at = created_at + INTERVAL '365 days';
ALTER TABLE api_tokens ALTER COLUMN expires_at SET NOT NULL;
ALTER TABLE api_tokens ADD COLUMN last_used_at TIMESTAMP;
ALTER TABLE api_tokens ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ALTER COLUMN addresses DROP DEFAULT;
ALTER TABLE api_tokens ADD COLUMN previous_hash BYTEA UNIQUE;
ALTER TABLE api_tokens ADD COLUMN previous_until TIMESTAMP;
