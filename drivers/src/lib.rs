//! Error codes of libpq and SQLite that diesel does not pass on.
//!
//! Diesel names the kind of an error for a few of PostgreSQL's codes and for none of SQLite's result
//! codes. The rest could be told apart only by the message, which PostgreSQL translates. So this
//! crate reads the codes from the drivers themselves.

#![expect(unsafe_code, reason = "the drivers are C libraries")]

use diesel::result::DatabaseErrorInformation;
use libsqlite3_sys as sqlite;
use pq_sys::{PG_DIAG_SQLSTATE, PGPing, PGresult, PQping, PQresultErrorField};
use std::ffi::{CStr, CString, c_int};
use std::ptr;

/// The SQLSTATE that PostgreSQL gave for an error, five characters ("40P01"); `None` where the error
/// comes from elsewhere: from SQLite, from diesel, from libpq itself.
pub fn sqlstate(error: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<String> {
    // Diesel implements this trait for `String`, and for a private struct that owns a result of libpq.
    if size_of_val(error) != size_of::<*const PGresult>()
        || align_of_val(error) != align_of::<*const PGresult>()
    {
        return None;
    }
    #[expect(clippy::cast_ptr_alignment, reason = "it is compared above")]
    // SAFETY: in the version of diesel that `Cargo.toml` pins, the one implementer of this size is
    // `PgErrorInformation { result: RawResult(NonNull<PGresult>) }`. A struct as large as its one field
    // has it at offset 0.
    let result = unsafe { ptr::from_ref(error).cast::<*const PGresult>().read() };
    // SAFETY: the error owns the result, so it is alive; the field is a C string within it, or null.
    unsafe {
        let field = PQresultErrorField(result, c_int::from(PG_DIAG_SQLSTATE));
        if field.is_null() {
            return None;
        }
        CStr::from_ptr(field).to_str().ok().map(ToOwned::to_owned)
    }
}

/// Kinds of result codes of SQLite, as far as callers tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteCode {
    /// Another connection holds the lock.
    Busy,
    /// The disk is full.
    Full,
    /// The disk does not read or write.
    IoError,
    /// The file can be read only.
    ReadOnly,
    /// The file is torn, or no database.
    Corrupt,
}

/// The result code behind an error of SQLite. Diesel keeps its message alone; that is the text that
/// SQLite itself has for the code, and is compiled into it, in one language.
pub fn sqlite_code(error: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<SqliteCode> {
    let codes = [
        (sqlite::SQLITE_BUSY, SqliteCode::Busy),
        (sqlite::SQLITE_LOCKED, SqliteCode::Busy),
        (sqlite::SQLITE_FULL, SqliteCode::Full),
        (sqlite::SQLITE_IOERR, SqliteCode::IoError),
        (sqlite::SQLITE_READONLY, SqliteCode::ReadOnly),
        (sqlite::SQLITE_CORRUPT, SqliteCode::Corrupt),
        (sqlite::SQLITE_NOTADB, SqliteCode::Corrupt),
    ];
    let message = error.message();
    codes.into_iter().find(|(code, _)| message == text_of(*code)).map(|(_, code)| code)
}

fn text_of(code: c_int) -> &'static str {
    // SAFETY: SQLite answers with a static C string for every code.
    let text = unsafe { CStr::from_ptr(sqlite::sqlite3_errstr(code)) };
    text.to_str().unwrap_or_default()
}

/// Whether a PostgreSQL server takes connections; asked without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ping {
    /// It does. A connection that fails all the same is refused for a reason: password, database, role.
    Accepts,
    /// It is there and does not yet: it starts, recovers, or shuts down.
    Starting,
    /// Nothing answers there.
    Silent,
    /// The connection string is not understood.
    Invalid,
}

/// Asks a PostgreSQL server whether it takes connections, by libpq's connection string.
pub fn ping(connection: &str) -> Ping {
    let Ok(connection) = CString::new(connection) else { return Ping::Invalid };
    // SAFETY: a C string that outlives the call; libpq keeps nothing of it.
    match unsafe { PQping(connection.as_ptr()) } {
        PGPing::PQPING_OK => Ping::Accepts,
        PGPing::PQPING_REJECT => Ping::Starting,
        PGPing::PQPING_NO_RESPONSE => Ping::Silent,
        PGPing::PQPING_NO_ATTEMPT => Ping::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::result::Error;

    fn code(result: QueryResult<()>) -> Option<SqliteCode> {
        match result.expect_err("it fails") {
            Error::DatabaseError(_, information) => {
                assert_eq!(sqlstate(&*information), None, "this is no error of PostgreSQL");
                sqlite_code(&*information)
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn an_error_of_sqlite_has_the_code_that_sqlite_gave() {
        let folder = std::env::temp_dir().join(format!("licentia-drivers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("some.db");
        let open = || SqliteConnection::establish(&path.to_string_lossy()).expect("it opens");
        let (mut one, mut other) = (open(), open());
        one.batch_execute("CREATE TABLE t (x); BEGIN IMMEDIATE").expect("it is locked");
        assert_eq!(code(other.batch_execute("BEGIN IMMEDIATE")), Some(SqliteCode::Busy));
        assert_eq!(code(one.batch_execute("SELECT nothing")), None);
        one.batch_execute("ROLLBACK; PRAGMA query_only = ON").expect("it is unlocked");
        assert_eq!(code(one.batch_execute("INSERT INTO t VALUES (1)")), Some(SqliteCode::ReadOnly));
        one.batch_execute("PRAGMA query_only = OFF; PRAGMA max_page_count = 2").expect("small");
        let large = "INSERT INTO t VALUES (zeroblob(100000))";
        assert_eq!(code(one.batch_execute(large)), Some(SqliteCode::Full));
        std::fs::write(&path, [7; 4096]).expect("written");
        let mut third = open();
        assert_eq!(code(third.batch_execute("SELECT * FROM t")), Some(SqliteCode::Corrupt));
        std::fs::remove_dir_all(folder).expect("cleared away");
    }

    #[test]
    fn nothing_answers_where_there_is_no_server() {
        assert_eq!(ping("postgres://nobody@127.0.0.1:1/none?connect_timeout=2"), Ping::Silent);
        assert_eq!(ping("postgres://no scheme\0"), Ping::Invalid);
        assert_eq!(ping("some=thing"), Ping::Invalid);
    }
}
