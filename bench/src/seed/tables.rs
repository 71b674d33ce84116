//! The tables that are filled, each with the columns that are.

use crate::bulk::Table;

pub const CUSTOMERS: Table = Table {
    name: "customers",
    columns: "id, name, country, region, city, postal_code, email, language, places, \
              activation_generation, activation_key_hash, version, ledger_number, license_id, \
              license_seq, license_issued_at, license_key, support_until, created_at",
};

pub const SEARCH_WORDS: Table = Table { name: "search_words", columns: "word, customer_id" };

pub const LEDGER: Table =
    Table { name: "ledger", columns: "customer_id, number, kind, recorded_at, recorded_by" };

pub const PURCHASES: Table = Table {
    name: "purchases",
    columns: "id, customer_id, number, order_number, paid_on, user_accounts, \
              external_connections, support_until, notify, recorded_at",
};

pub const STANDING_ORDERS: Table =
    Table { name: "standing_orders", columns: "order_key, twin, purchase_id" };

pub const LICENSES: Table = Table {
    name: "licenses",
    columns: "id, customer_id, seq, issued_at, key, cause, cause_id, document",
};

pub const INSTALLATIONS: Table = Table {
    name: "installations",
    columns: "id, customer_id, thumbprint, name, product_version, fingerprint, activated_at",
};

pub const OBSERVATIONS: Table = Table {
    name: "observations",
    columns: "installation_id, heard_at, seq, seq_said_at, machines",
};

pub const AUDIT_EVENTS: Table = Table {
    name: "audit_events",
    columns: "id, recorded_at, actor, action, subject, customer_id, after",
};

pub const MAILS: Table = Table {
    name: "mails",
    columns: "id, customer_id, kind, cause_id, with_activation_key, language, recipient, state, \
              attempts, due_at, created_at, sent_at",
};

pub const IDEMPOTENCY_RECORDS: Table = Table {
    name: "idempotency_records",
    columns: "scope, key, request_hash, outcome, recorded_at, keep_until",
};
