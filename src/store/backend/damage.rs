//! Whether a SQLite file is whole, seen when it is opened.

use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Up to which size a database file is looked at whole when it is opened, in bytes.
const SMALL: u64 = 16 * 1024 * 1024;

/// A small file is looked at whole. A large one, which would take minutes, is held against its own
/// header, and the first row of each table is read: a file that was cut off or overwritten is seen.
pub(super) fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let length = |error: io::Error| StoreError::Other(format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(length)?.len() > SMALL {
        if is_cut_off(path).map_err(length)? {
            return Err(StoreError::Damaged("it is shorter than it says".into()));
        }
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        for Table { name } in sql_query(tables).load::<Table>(connection)? {
            sql_query(format!("SELECT * FROM \"{name}\" LIMIT 1")).execute(connection)?;
        }
        return Ok(());
    }
    let rows: Vec<Check> = sql_query("PRAGMA quick_check(1)").load(connection)?;
    match rows.first() {
        Some(row) if row.quick_check != "ok" => Err(StoreError::Damaged(row.quick_check.clone())),
        _ => Ok(()),
    }
}

/// Whether the file has fewer pages than its header says (SQLite's file format, 1.3). With a log
/// beside it that cannot be said: a checkpoint that was killed writes the header before the pages,
/// and the log still has them.
fn is_cut_off(path: &Path) -> io::Result<bool> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Ok(false);
    }
    let mut header = [0; 100];
    let mut file = File::open(path)?;
    file.read_exact(&mut header)?;
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u64::from(u32::from_be_bytes(bytes))
    };
    let page_size = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    // The size counts when it was written with the last change.
    let counts = number(24) == number(92);
    Ok(counts && file.metadata()?.len() < page_size * number(28))
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;

    #[test]
    fn a_file_that_was_cut_off_says_so_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("licentia.db");
        let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
        let filled = "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000));";
        connection.batch_execute(filled).unwrap();
        drop(connection);
        assert!(!is_cut_off(&path).unwrap());
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
        assert!(is_cut_off(&path).unwrap());
        fs::write(folder.path().join("licentia.db-wal"), "the pages that are missing").unwrap();
        assert!(!is_cut_off(&path).unwrap(), "a killed checkpoint leaves it so");
    }
}
