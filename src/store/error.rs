use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use licentia_drivers::{SqliteCode, sqlite_code, sqlstate};

type Information = dyn DatabaseErrorInformation + Send + Sync;

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
    /// The disk is full.
    #[error("the database's disk is full: {0}")]
    StorageFull(String),
    /// The disk failed while it was written: what the last commit wrote may be there or not.
    #[error("the database's disk fails: {0}")]
    StorageFailing(String),
    /// The database file is not the one that was opened: it was deleted, replaced or emptied.
    #[error(
        "the database file is not the one that was opened, so nothing is written: {0}; put it back, \
         or restart the server on the file that counts"
    )]
    FileReplaced(String),
    /// There is no database, or one without tables, where there must be one.
    #[error("{0}")]
    Missing(String),
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

    /// Whether the database does not serve anybody now: a state, which the log names once.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Collision(_)
            | Self::Busy(_)
            | Self::Unreachable(_)
            | Self::OutcomeUnknown(_)
            | Self::StorageFull(_)
            | Self::StorageFailing(_)
            | Self::FileReplaced(_) => true,
            Self::Missing(_)
            | Self::Damaged(_)
            | Self::Unreadable(_)
            | Self::KeysUnavailable(_)
            | Self::Other(_) => false,
        }
    }

    /// Whether the disk or the file takes no writes, whoever writes.
    pub(super) fn stops_writes(&self) -> bool {
        matches!(self, Self::StorageFull(_) | Self::StorageFailing(_) | Self::FileReplaced(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, information) => {
                Self::of_database(*kind, &**information)
            }
            // The connection broke in a transaction before.
            DieselError::BrokenTransactionManager => Self::Unreachable(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl StoreError {
    /// An error of a database, by its code.
    fn of_database(kind: DatabaseErrorKind, information: &Information) -> Self {
        let text = information.message().to_owned();
        match kind {
            DatabaseErrorKind::UniqueViolation => return Self::Collision(text),
            DatabaseErrorKind::SerializationFailure => return Self::Busy(text),
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => return Self::Unreachable(text),
            _ => {}
        }
        if let Some(state) = sqlstate(information) {
            return Self::of_sqlstate(&state, format!("{text} (SQLSTATE {state})"));
        }
        match sqlite_code(information) {
            Some(SqliteCode::Busy) => Self::Busy(text),
            Some(SqliteCode::Full) => Self::StorageFull(text),
            Some(SqliteCode::IoError | SqliteCode::ReadOnly) => Self::StorageFailing(text),
            Some(SqliteCode::Corrupt) => Self::Damaged(text),
            None => Self::Other(text),
        }
    }

    /// The same, where it is that the database is busy.
    pub(super) fn busy(kind: DatabaseErrorKind, information: &Information) -> Option<Self> {
        Some(Self::of_database(kind, information)).filter(|error| matches!(error, Self::Busy(_)))
    }

    /// By PostgreSQL's code (appendix A of its manual): the message is in the server's language.
    fn of_sqlstate(state: &str, text: String) -> Self {
        match state {
            // Deadlock, lock timeout, statement timeout; out of connections, memory or locks.
            "40001" | "40P01" | "55P03" | "57014" | "53000" | "53200" | "53300" | "53400" => {
                Self::Busy(text)
            }
            "40003" => Self::OutcomeUnknown(text),
            "53100" => Self::StorageFull(text),
            "58030" => Self::StorageFailing(text),
            "XX001" | "XX002" => Self::Damaged(text),
            // A standby; a transaction that was idle for too long.
            "25006" | "25P03" | "25P04" => Self::Unreachable(text),
            // Connection failures; the server starts, stops, or ends this session.
            _ if state.starts_with("08") || state.starts_with("57P") => Self::Unreachable(text),
            _ => Self::Other(text),
        }
    }
}

/// An error of work with the store, that knows the store's own among its kinds.
pub trait RunAgain {
    /// The store's own error, where it is one.
    fn store_error(&self) -> Option<&StoreError>;

    /// Whether the same work may succeed when it is run again at once: true for collisions and busy
    /// databases.
    fn run_again(&self) -> bool {
        self.store_error().is_some_and(StoreError::is_transient)
    }
}

impl RunAgain for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}
