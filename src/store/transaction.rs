use super::backend::AnyConnection;

/// An open transaction: the tables' methods hang on it.
pub struct Tx<'a> {
    pub(super) connection: &'a mut AnyConnection,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a mut AnyConnection) -> Self {
        Self { connection }
    }
}
