-- One row: what this office may never change.
CREATE TABLE office (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  root TEXT NOT NULL UNIQUE,
  issuer TEXT,
  created_at TIMESTAMP NOT NULL
);

-- Issuing keys that the root has taken back: nothing is signed with them again.
CREATE TABLE withdrawn_keys (
  key TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  recorded_at TIMESTAMP NOT NULL
);

CREATE TABLE customers (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  country TEXT,
  region TEXT NOT NULL,
  city TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  email TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('ru', 'en')),
  places BIGINT NOT NULL CHECK (places BETWEEN 1 AND 20),
  activation_generation BIGINT NOT NULL CHECK (activation_generation >= 1),
  activation_key_hash BYTEA NOT NULL UNIQUE,
  version BIGINT NOT NULL,
  -- The last ledger number given; a write takes the next, and so queues on this row.
  ledger_number BIGINT NOT NULL,
  -- The current license.
  license_id TEXT COLLATE "C",
  license_seq BIGINT,
  license_issued_at TIMESTAMP,
  license_key TEXT COLLATE "C",
  -- What the ledger comes to, written with each entry, for the lists over all customers.
  support_until DATE,
  emergency_until TIMESTAMP,
  owed_since TIMESTAMP,
  created_at TIMESTAMP NOT NULL
);
CREATE INDEX customers_license_key ON customers (license_key, id);
CREATE INDEX customers_support_until ON customers (support_until, id);
CREATE INDEX customers_emergency_until ON customers (emergency_until, id);
CREATE INDEX customers_owed_since ON customers (owed_since, id);

-- The words under which customers are found (folded in Rust): of their details and order numbers.
CREATE TABLE search_words (
  word TEXT COLLATE "C" NOT NULL,
  customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id),
  PRIMARY KEY (word, customer_id)
);
CREATE INDEX search_words_customer ON search_words (customer_id, word);
