//! Which role of PostgreSQL the server runs as. A role that does not own the tables cannot drop their
//! triggers, and cannot change or remove what was recorded.

use super::AnyConnection;
use crate::store::error::StoreError;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};

#[derive(QueryableByName)]
struct Owns {
    #[diesel(sql_type = Bool)]
    owns: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

impl AnyConnection {
    /// Whether this role owns the tables; `None` before they are there, and on SQLite, which has no
    /// roles.
    pub(in crate::store) fn owns_tables(&mut self) -> QueryResult<Option<bool>> {
        let Self::Postgres(connection) = self else { return Ok(None) };
        let owner = "SELECT pg_has_role(current_user, relowner, 'USAGE') AS owns
                     FROM pg_class WHERE oid = to_regclass('customers')";
        let owns: Option<Owns> = sql_query(owner).get_result(connection).optional()?;
        Ok(owns.map(|owns| owns.owns))
    }

    /// The versions of the migrations that are applied, read by a role that may only read them.
    pub(in crate::store) fn applied_versions(&mut self) -> QueryResult<Vec<String>> {
        let Self::Postgres(connection) = self else { return Ok(Vec::new()) };
        let applied: Vec<Applied> =
            sql_query("SELECT version::text AS version FROM __diesel_schema_migrations")
                .load(connection)?;
        Ok(applied.into_iter().map(|applied| applied.version).collect())
    }

    /// Grants a role what the server needs, and no more: append-only tables take new rows alone.
    pub(in crate::store) fn grant_service(&mut self, role: &str) -> Result<(), StoreError> {
        let Self::Postgres(connection) = self else {
            return Err(StoreError::Other("SQLite has no roles".into()));
        };
        let role = format!("\"{}\"", role.replace('"', "\"\""));
        Ok(connection.batch_execute(&format!(
            "BEGIN;
             GRANT USAGE ON SCHEMA public TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
             REVOKE UPDATE, DELETE, TRUNCATE ON
               ledger, purchases, voids, grants, licenses, moves, audit_events FROM {role};
             REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON __diesel_schema_migrations FROM {role};
             COMMIT;"
        ))?)
    }
}
