//! The store: what the office remembers, on SQLite or PostgreSQL through one code path.
//!
//! All SQL stands here, a file a table. [`Store::write`] and [`Store::read`] hand a [`Tx`] to a
//! closure; the tables' methods hang on it. `backend` is the one room that knows which database
//! it is.

mod access_refusals;
mod api_tokens;
mod audit_events;
mod audit_trail;
mod backend;
mod caller;
mod checkpointer;
mod claims;
mod connections;
mod customer_queue;
mod customers;
mod error;
mod expired;
mod grants;
mod group_commit;
mod heads;
mod idempotency;
mod installations;
mod integrity;
mod integrity_alarms;
mod key_notices;
mod ledger;
mod license_cache;
mod licenses;
mod mails;
mod migrations;
mod moves;
mod observations;
mod office;
mod opening;
mod outage;
mod outbox;
mod pool;
mod proof;
mod purchases;
mod row_macs;
mod schema;
mod search_words;
mod secrets;
mod sessions;
mod settings;
mod sign_in_failures;
mod spellings;
mod staff;
mod time;
mod transaction;
mod voids;
mod watch;

pub use access_refusals::{CountedRefusals, RefusalKey};
pub use api_tokens::{ApiToken, TokenMatch};
pub use audit_events::{AuditEvent, ChainedEvent};
pub use audit_trail::AuditFilter;
pub use backend::Location;
pub use caller::Caller;
pub use claims::DueMails;
pub use customers::{CurrentLicense, HashedCustomer, TakenCustomer};
pub use error::{RunAgain, StoreError};
pub use heads::head_finding;
pub use idempotency::IdempotencyRecord;
pub use ledger::ledger_of;
pub use license_cache::{CurrentDocument, LicenseCache};
pub use licenses::{Cause, License};
pub use mails::{Mail, MailKind, MailState, MailTopic};
pub use migrations::{
    apply_next, grant_service, has_office, revert_last, state as migration_state,
};
pub use observations::{CloneToWatch, HeardInstallation};
pub use office::OfficeRecord;
pub use opening::Opening;
pub use outage::log_failure;
pub use outbox::MailFilter;
pub use pool::Store;
pub use secrets::RecordedSecret;
pub use sessions::{Session, Stage};
pub use transaction::Tx;
pub use watch::{GrantToWatch, IssuedLately, MailToWatch, SupportEnding};

/// A slice of a list that is ordered by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Only what comes after this id.
    pub after: Option<String>,
    /// At most so many, 1 to 200.
    pub limit: i64,
}
