-- Failed and refused access, counted: one row a UTC day, kind, reason, address and name.
CREATE TABLE access_refusals (
  id TEXT PRIMARY KEY NOT NULL,
  day TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('password', 'code', 'token', 'setup_link', 'statement')),
  reason TEXT NOT NULL,
  -- An address of IPv4, a /64 of IPv6; empty where it is not known.
  address TEXT NOT NULL,
  -- A sign-in name, or the id of a token or installation; empty where there is none.
  name TEXT NOT NULL,
  -- Stands for all those of the day, kind and reason that have no row of their own.
  others INTEGER NOT NULL CHECK (others IN (0, 1)),
  refusals INTEGER NOT NULL CHECK (refusals > 0),
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  UNIQUE (day, kind, reason, address, name, others)
) STRICT;
CREATE INDEX access_refusals_last ON access_refusals (last_at, id);
