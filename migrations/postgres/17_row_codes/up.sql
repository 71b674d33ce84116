-- Codes under the secret `integrity` of rows that give access or decide what is sent where: people, API
-- tokens, sessions, recovery codes, setup links, settings.
CREATE TABLE row_macs (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  mac BYTEA NOT NULL
);
