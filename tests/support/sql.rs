use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

/// A connection to a database past the server, with the server's pragmas.
pub enum Sql {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Sql {
    /// Opens one.
    pub fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            return Self::Postgres(PgConnection::establish(url).unwrap());
        }
        let mut connection = SqliteConnection::establish(url).unwrap();
        let pragmas = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; \
                       PRAGMA recursive_triggers = ON";
        connection.batch_execute(pragmas).unwrap();
        Self::Sqlite(connection)
    }

    /// Holds what every write needs, as a shell or another program may, until it is dropped.
    pub fn lock(url: &str) -> Self {
        let mut sql = Self::open(url);
        let lock = match sql {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN; LOCK TABLE customers, mails IN EXCLUSIVE MODE",
        };
        sql.run(lock).unwrap();
        sql
    }

    /// Runs statements; the error is what the database says.
    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        }
        .map_err(|error| error.to_string())
    }

    /// The texts that a query calls `line`.
    pub fn lines(&mut self, sql: &str) -> Vec<String> {
        let lines: Vec<Line> = match self {
            Self::Sqlite(connection) => sql_query(sql).load(connection).unwrap(),
            Self::Postgres(connection) => sql_query(sql).load(connection).unwrap(),
        };
        lines.into_iter().map(|line| line.line).collect()
    }
}
