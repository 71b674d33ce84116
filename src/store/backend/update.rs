//! `UPDATE` that stays prepared: diesel's own, whose text can differ from call to call, is prepared
//! anew each time. Here each text is prepared once; there are few.

use diesel::associations::HasTable;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};

/// Changes `rows` of the table that the changes are of.
pub(in crate::store) fn update<R, C>(
    rows: R,
    changes: C,
) -> Update<<C::Target as QuerySource>::FromClause, R, C::Changeset>
where
    C: AsChangeset,
    C::Target: QuerySource + HasTable<Table = C::Target>,
{
    Update { table: C::Target::table().from_clause(), rows, changes: changes.as_changeset() }
}

/// As [`update`] makes it.
pub(in crate::store) struct Update<T, R, C> {
    table: T,
    rows: R,
    changes: C,
}

impl<DB, T, R, C> QueryFragment<DB> for Update<T, R, C>
where
    DB: Backend,
    T: QueryFragment<DB>,
    R: QueryFragment<DB>,
    C: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.rows.walk_ast(out)
    }
}

/// Prepared once for each text.
impl<T, R, C> QueryId for Update<T, R, C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, R, C, Conn> RunQueryDsl<Conn> for Update<T, R, C> {}
