-- One row: what this office may never change.
CREATE TABLE office (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  root TEXT NOT NULL UNIQUE,
  issuer TEXT,
  created_at TEXT NOT NULL
) STRICT;

-- Issuing keys that the root has taken back: nothing is signed with them again.
CREATE TABLE withdrawn_keys (
  key TEXT PRIMARY KEY NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;

CREATE TABLE customers (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  country TEXT,
  region TEXT NOT NULL,
  city TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  email TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
  places INTEGER NOT NULL CHECK (places BETWEEN 1 AND 20),
  activation_generation INTEGER NOT NULL CHECK (activation_generation >= 1),
  activation_key_hash BLOB NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  -- The last ledger number given; a write takes the next, and so queues on this row.
  ledger_number INTEGER NOT NULL,
  -- The current license.
  license_id TEXT,
  license_seq INTEGER,
  license_issued_at TEXT,
  license_key TEXT,
  -- What the ledger comes to, written with each entry, for the lists over all customers.
  support_until TEXT,
  emergency_until TEXT,
  owed_since TEXT,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_license_key ON customers (license_key, id);
CREATE INDEX customers_support_until ON customers (support_until, id);
CREATE INDEX customers_emergency_until ON customers (emergency_until, id);
CREATE INDEX customers_owed_since ON customers (owed_since, id);

-- The words under which customers are found (folded in Rust): of their details and order numbers.
CREATE TABLE search_words (
  word TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  PRIMARY KEY (word, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_words_customer ON search_words (customer_id, word);
