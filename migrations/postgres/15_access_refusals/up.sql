-- Failed and refused access, counted: one row a UTC day, kind, reason, address and name.
CREATE TABLE access_refusals (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  day DATE NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('password', 'code', 'token', 'setup_link', 'statement')),
  reason TEXT NOT NULL,
  -- An address of IPv4, a /64 of IPv6; empty where it is not known.
  address TEXT NOT NULL,
  -- A sign-in name, or the id of a token or installation; empty where there is none.
  name TEXT NOT NULL,
  -- Stands for all those of the day, kind and reason that have no row of their own.
  others BOOLEAN NOT NULL,
  refusals BIGINT NOT NULL CHECK (refusals > 0),
  first_at TIMESTAMP NOT NULL,
  last_at TIMESTAMP NOT NULL,
  UNIQUE (day, kind, reason, address, name, others)
);
CREATE INDEX access_refusals_last ON access_refusals (last_at, id);
