//! Whether the database takes writes.

use super::error::{RunAgain, StoreError};
use super::pool::Store;
use diesel::connection::SimpleConnection;

/// Why a write that proves something ends.
enum End {
    /// As it is meant to: nothing is kept.
    TakenBack,
    Store(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl RunAgain for End {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::TakenBack => None,
        }
    }
}

impl Store {
    /// Writes a row and takes it back. Where the database is a file, also that its disk has room:
    /// nothing of a write that is taken back comes to the disk.
    ///
    /// # Errors
    /// Why a write would not be done now.
    pub fn prove_writes(&self) -> Result<(), StoreError> {
        // A name of its own: another server that hangs within this write holds up itself alone.
        let name = format!("readiness-{}", self.chance().ulid(0));
        let written: Result<(), End> = self.note(|tx| {
            tx.connection()?
                .batch_execute(&format!("INSERT INTO settings (name, value) VALUES ('{name}', '')"))
                .map_err(StoreError::from)?;
            Err(End::TakenBack)
        });
        match written {
            Ok(()) | Err(End::TakenBack) => self.location().prove_room(),
            Err(End::Store(error)) => Err(error),
        }
    }
}
