//! What only adds or changes rows waits, on PostgreSQL, for the statement that comes next, and goes with
//! it as one: each statement is a way there and back, and on it the office and the database wait for
//! each other. SQLite lives in this process, and has each at once.
//!
//! The one door is [`Tx`](crate::store::Tx): whatever reads sends first what was held back, so that
//! nobody sees the difference. The statements of one do not see each other's rows, so each must be
//! about rows of its own.

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

/// What waits; or it holds nothing back.
pub(in crate::store) struct HeldBack(Option<Waiting>);

type Held = Box<dyn QueryFragment<Pg>>;

/// What waits. The change that has to find its row, with what is said where it does not, stands last:
/// of that one PostgreSQL tells how many rows it changed.
#[derive(Default)]
struct Waiting {
    first: Vec<Held>,
    last: Option<(Held, StoreError)>,
}

impl HeldBack {
    /// Holds back, or nothing.
    pub fn new(holds_back: bool) -> Self {
        Self(holds_back.then(Waiting::default))
    }

    /// Adds or changes rows with the next statement, where that is worth it.
    pub fn add(
        &mut self,
        connection: &mut AnyConnection,
        statement: impl Statement + 'static,
    ) -> Result<(), StoreError> {
        match (connection, &mut self.0) {
            (AnyConnection::Postgres(connection), Some(waiting)) => {
                waiting.first.push(Box::new(statement));
                if waiting.first.len() >= MOST {
                    waiting.send(connection)?;
                }
                Ok(())
            }
            (connection, _) => connection.change(statement).map(drop),
        }
    }

    /// The same for a change that has to find one row.
    pub fn change(
        &mut self,
        connection: &mut AnyConnection,
        update: impl Statement + 'static,
        missing: StoreError,
    ) -> Result<(), StoreError> {
        match (connection, &mut self.0) {
            (AnyConnection::Postgres(connection), Some(waiting)) => {
                if waiting.last.is_some() {
                    waiting.send(connection)?;
                }
                waiting.last = Some((Box::new(update), missing));
                Ok(())
            }
            (connection, _) => found(connection.change(update)?, missing),
        }
    }

    /// Changes rows, and does with it what waits; returns how many it changed.
    pub fn change_now(
        &mut self,
        connection: &mut AnyConnection,
        update: impl Statement,
    ) -> Result<usize, StoreError> {
        match (connection, &mut self.0) {
            (AnyConnection::Postgres(connection), Some(waiting)) => {
                if waiting.last.is_some() {
                    waiting.send(connection)?;
                }
                let first = std::mem::take(&mut waiting.first);
                Ok(Together { first: &first, last: &update }.execute(connection)?)
            }
            (connection, _) => connection.change(update),
        }
    }

    /// Sends what waits.
    pub fn send(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        match (connection, &mut self.0) {
            (AnyConnection::Postgres(connection), Some(waiting)) => waiting.send(connection),
            _ => Ok(()),
        }
    }
}

impl Waiting {
    fn send(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let Self { first, last } = std::mem::take(self);
        if let Some((last, missing)) = last {
            let last = &*last;
            return found(Together { first: &first, last }.execute(connection)?, missing);
        }
        if let Some((last, first)) = first.split_last() {
            Together { first, last }.execute(connection)?;
        }
        Ok(())
    }
}

fn found(changed: usize, missing: StoreError) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(missing) }
}

impl AnyConnection {
    fn change(&mut self, statement: impl Statement) -> Result<usize, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => ExecuteDsl::execute(statement, connection)?,
            Self::Postgres(connection) => ExecuteDsl::execute(statement, connection)?,
        })
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
