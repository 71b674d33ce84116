//! Rows that are only added wait, on PostgreSQL, for the statement that comes next, and go with it as
//! one: each statement is a way there and back, and on it the office and the database wait for each
//! other. SQLite lives in this process, and has each at once.
//!
//! The one door is [`Tx`](crate::store::Tx): whatever reads sends first what was held back, so that
//! nobody sees the difference.

use super::AnyConnection;
use crate::store::error::StoreError;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;

/// How many wait at most. Each text is prepared and kept: so a customer of a hundred words makes no
/// statement of a hundred parts, and no new one for each count of words.
const MOST: usize = 16;

/// A statement that either database understands.
pub(in crate::store) trait Statement:
    QueryFragment<Pg> + ExecuteDsl<PgConnection> + ExecuteDsl<SqliteConnection>
{
}

impl<S> Statement for S where
    S: QueryFragment<Pg> + ExecuteDsl<PgConnection> + ExecuteDsl<SqliteConnection>
{
}

/// The statements that wait; or it holds nothing back.
pub(in crate::store) struct HeldBack(Option<Vec<Box<dyn QueryFragment<Pg>>>>);

impl HeldBack {
    /// Holds back, or nothing.
    pub fn new(holds_back: bool) -> Self {
        Self(holds_back.then(Vec::new))
    }

    /// Adds a row with the next statement, where that is worth it.
    pub fn add(
        &mut self,
        connection: &mut AnyConnection,
        insert: impl Statement + 'static,
    ) -> Result<(), StoreError> {
        match (&mut *connection, &mut self.0) {
            (AnyConnection::Postgres(_), Some(waiting)) => {
                waiting.push(Box::new(insert));
                if waiting.len() >= MOST {
                    self.send(connection)?;
                }
            }
            (AnyConnection::Postgres(connection), None) => {
                ExecuteDsl::execute(insert, connection)?;
            }
            (AnyConnection::Sqlite(connection), _) => {
                ExecuteDsl::execute(insert, connection)?;
            }
        }
        Ok(())
    }

    /// Changes rows, and adds with it what waits: these must be other rows, for the statements of one
    /// do not see each other's. Returns how many it changed.
    pub fn change(
        &mut self,
        connection: &mut AnyConnection,
        update: impl Statement,
    ) -> Result<usize, StoreError> {
        Ok(match (connection, self.take()) {
            (AnyConnection::Sqlite(connection), _) => ExecuteDsl::execute(update, connection)?,
            (AnyConnection::Postgres(connection), first) if first.is_empty() => {
                ExecuteDsl::execute(update, connection)?
            }
            (AnyConnection::Postgres(connection), first) => {
                Together { first: &first, last: &update }.execute(connection)?
            }
        })
    }

    /// Sends what waits.
    pub fn send(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let waiting = self.take();
        if let (AnyConnection::Postgres(connection), Some((last, first))) =
            (connection, waiting.split_last())
        {
            Together { first, last }.execute(connection)?;
        }
        Ok(())
    }

    fn take(&mut self) -> Vec<Box<dyn QueryFragment<Pg>>> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// Statements as one: all but the last stand before it, `WITH`. PostgreSQL checks references when
/// all of them are done.
struct Together<'a> {
    first: &'a [Box<dyn QueryFragment<Pg>>],
    last: &'a dyn QueryFragment<Pg>,
}

impl QueryFragment<Pg> for Together<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (place, statement) in self.first.iter().enumerate() {
            let before = if place == 0 { "WITH" } else { "," };
            out.push_sql(&format!("{before} part_{place} AS ("));
            statement.walk_ast(out.reborrow())?;
            out.push_sql(") ");
        }
        self.last.walk_ast(out)
    }
}

/// Prepared once for each text: the parts' types are not known here.
impl QueryId for Together<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Together<'_> {}

#[cfg(test)]
mod tests {
    use super::super::update;
    use super::*;
    use crate::store::schema::{customers, withdrawn_keys};
    use diesel::debug_query;

    #[test]
    fn what_was_held_back_stands_before_the_statement_that_comes_next() {
        let withdrawn = |key: &'static str| -> Box<dyn QueryFragment<Pg>> {
            Box::new(diesel::insert_into(withdrawn_keys::table).values(withdrawn_keys::key.eq(key)))
        };
        let first = [withdrawn("one"), withdrawn("two")];
        let last = update(customers::id.eq("cus_1"), customers::places.eq(3));
        let text = debug_query::<Pg, _>(&Together { first: &first, last: &last }).to_string();
        let (statement, binds) = text.split_once(" -- binds: ").unwrap();
        assert_eq!(
            statement,
            r#"WITH part_0 AS (INSERT INTO "withdrawn_keys" ("key") VALUES ($1)) , part_1 AS (INSERT INTO "withdrawn_keys" ("key") VALUES ($2)) UPDATE "customers" SET "places" = $3 WHERE ("customers"."id" = $4)"#
        );
        assert_eq!(binds, r#"["one", "two", 3, "cus_1"]"#);
    }
}
