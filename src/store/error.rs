use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why the store did not do something. Nothing was changed, unless it says that this is not known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A row collides with one that another write added: run the write again and it sees it.
    #[error("a row collides with another: {0}")]
    Collision(String),
    /// The database asks to run the transaction again (serialization failure, lock held).
    #[error("the database is busy: {0}")]
    Busy(String),
    /// No connection is free, or none can be made.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke while it was committing: whether it did is found out by asking again.
    #[error("the connection broke at the commit: {0}")]
    OutcomeUnknown(String),
    /// The disk is full or does not take writes.
    #[error("the database's disk does not take writes: {0}")]
    StorageFull(String),
    /// The database file is torn, or no database.
    #[error("the database file is damaged: {0}; restore it from a backup")]
    Damaged(String),
    /// A stored row cannot be understood.
    #[error("a stored row cannot be understood: {0}")]
    Unreadable(String),
    /// The key that records are checked with cannot be read.
    #[error("the key that records are checked with cannot be read: {0}")]
    KeysUnavailable(String),
    /// Anything else: a fault of the program.
    #[error("{0}")]
    Other(String),
}

impl StoreError {
    /// Whether running the same write again may succeed at once.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Collision(_) | Self::Busy(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let text = error.to_string();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Self::Collision(text)
            }
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::Busy(text)
            }
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                Self::Unreachable(text)
            }
            // What has no kind of its own in diesel is told apart by the words of SQLite and libpq.
            DieselError::DatabaseError(..)
                if says(&["is locked", "deadlock detected", "canceling statement due to"]) =>
            {
                Self::Busy(text)
            }
            DieselError::DatabaseError(..)
                if says(&["disk is full", "No space left", "disk I/O"]) =>
            {
                Self::StorageFull(text)
            }
            DieselError::DatabaseError(..) if says(&["malformed", "not a database"]) => {
                Self::Damaged(text)
            }
            DieselError::DatabaseError(..)
                if says(&[
                    "server closed the connection",
                    "terminating connection",
                    "no connection to the server",
                    "connection to server",
                    "could not receive data",
                    "could not send data",
                    "SSL connection has been closed",
                    "the database system is",
                    "read-only transaction",
                ]) =>
            {
                Self::Unreachable(text)
            }
            _ => Self::Other(text),
        }
    }
}
