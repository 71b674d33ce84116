//! The statements that each database takes in words of its own.

use super::{AnyConnection, update};
use crate::store::audit_events::Row as EventRow;
use crate::store::customers::TakenRow;
use crate::store::error::StoreError;
use crate::store::licenses::NewRow;
use crate::store::schema::{audit_events, chain_heads, customers, licenses, mails, withdrawn_keys};
use diesel::dsl::{exists, max};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Text, Timestamp};

/// PostgreSQL's snapshot: which transactions are over.
#[derive(Debug, Clone, Copy, diesel::sql_types::SqlType)]
#[diesel(postgres_type(name = "txid_snapshot"))]
pub struct TxidSnapshot;

#[declare_sql_function]
extern "SQL" {
    fn txid_current_snapshot() -> TxidSnapshot;
    fn txid_snapshot_xmin(snapshot: TxidSnapshot) -> diesel::sql_types::BigInt;
    fn txid_snapshot_xmax(snapshot: TxidSnapshot) -> diesel::sql_types::BigInt;
}

/// What is read with a customer's row: whether it was told its activation key, whether its license's
/// issuing key was taken back, its head, and its license's document.
type TakenColumns = (TakenRow, bool, bool, Option<Vec<u8>>, Option<Vec<u8>>);

impl AnyConnection {
    /// From where on licenses are new that are not there yet: a mark for [`Self::licenses_since`].
    pub(in crate::store) fn license_mark(&mut self) -> Result<i64, StoreError> {
        let mark = match self {
            // One write at a time, and what was added stays: the numbers rise as they commit.
            Self::Sqlite(connection) => licenses::table
                .select(max(licenses::change))
                .get_result::<Option<i64>>(connection)?
                .map_or(0, |last| last + 1),
            // Whatever commits from here on is a transaction that has not ended yet.
            Self::Postgres(connection) => {
                diesel::select(txid_snapshot_xmin(txid_current_snapshot()))
                    .get_result(connection)?
            }
        };
        Ok(mark)
    }

    /// Whose the licenses are that were added since a mark, at most so many, each with the next
    /// mark. Some may be told twice, none is left out.
    pub(in crate::store) fn licenses_since(
        &mut self,
        mark: i64,
        most: i64,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let since = licenses::table.filter(licenses::change.ge(mark)).limit(most);
        Ok(match self {
            Self::Sqlite(connection) => since
                .order(licenses::change)
                .select((licenses::change + 1, licenses::customer_id))
                .load(connection)?,
            // A database that was restored may have numbers of another server's transactions:
            // those that are still to come here.
            Self::Postgres(connection) => since
                .filter(licenses::change.lt(txid_snapshot_xmax(txid_current_snapshot())))
                .select((txid_snapshot_xmin(txid_current_snapshot()), licenses::customer_id))
                .load(connection)?,
        })
    }

    /// The oldest write that is under way, and the next to come, by number. SQLite has one at a time,
    /// so whoever reads comes after all that were there.
    pub(in crate::store) fn writes_under_way(&mut self) -> Result<(i64, i64), StoreError> {
        match self {
            Self::Sqlite(_) => Ok((0, 0)),
            Self::Postgres(connection) => {
                let now = txid_current_snapshot();
                let range = (txid_snapshot_xmin(now), txid_snapshot_xmax(now));
                Ok(diesel::select(range).get_result(connection)?)
            }
        }
    }

    /// A customer's row with its current license, whether it was told its activation key, whether the
    /// issuing key of its license was taken back, the head of its chains, and the document of its
    /// license; taken for this transaction: on PostgreSQL, rivals queue here. On SQLite a write
    /// transaction has no rivals.
    pub(in crate::store) fn take_customer(
        &mut self,
        id: &str,
    ) -> QueryResult<Option<TakenColumns>> {
        // As the index `mails_activation_key` says it.
        let told = mails::table
            .filter(mails::customer_id.eq(customers::id.nullable()))
            .filter(mails::with_activation_key);
        let withdrawn =
            withdrawn_keys::table.filter(withdrawn_keys::key.nullable().eq(customers::license_key));
        let head = chain_heads::table
            .filter(chain_heads::customer_id.eq(customers::id))
            .select(chain_heads::head)
            .single_value();
        let document = licenses::table
            .filter(licenses::id.nullable().eq(customers::license_id))
            .select(licenses::document)
            .single_value();
        let found = customers::table.find(id);
        let (told, withdrawn) = (exists(told), exists(withdrawn));
        match self {
            Self::Sqlite(connection) => {
                let columns = (TakenRow::as_select(), told, withdrawn, head, document);
                found.select(columns).get_result(connection).optional()
            }
            Self::Postgres(connection) => {
                let columns = (TakenRow::as_select(), told, withdrawn, head, document);
                found.select(columns).for_update().get_result(connection).optional()
            }
        }
    }

    /// The same for many, in the order of their ids, so that two that take some do not wait for each
    /// other.
    pub(in crate::store) fn take_customers(&mut self, ids: &[&str]) -> QueryResult<Vec<TakenRow>> {
        let found = customers::table.filter(customers::id.eq_any(ids)).order(customers::id);
        match self {
            Self::Sqlite(connection) => found.select(TakenRow::as_select()).load(connection),
            Self::Postgres(connection) => {
                found.select(TakenRow::as_select()).for_update().load(connection)
            }
        }
    }

    /// The head of an owner's chains; taken for this transaction where it is there.
    pub(in crate::store) fn take_head(&mut self, owner: &str) -> QueryResult<Option<Vec<u8>>> {
        let found = chain_heads::table.find(owner).select(chain_heads::head);
        match self {
            Self::Sqlite(connection) => found.get_result(connection).optional(),
            Self::Postgres(connection) => found.for_update().get_result(connection).optional(),
        }
    }

    /// The heads of many owners, in the order of their ids; taken for this transaction.
    pub(in crate::store) fn take_heads(
        &mut self,
        owners: &[&str],
    ) -> QueryResult<Vec<(String, Vec<u8>)>> {
        let found = chain_heads::table
            .filter(chain_heads::customer_id.eq_any(owners))
            .order(chain_heads::customer_id)
            .select((chain_heads::customer_id, chain_heads::head));
        match self {
            Self::Sqlite(connection) => found.load(connection),
            Self::Postgres(connection) => found.for_update().load(connection),
        }
    }

    /// Changes many heads: on PostgreSQL all at once.
    pub(in crate::store) fn change_heads(
        &mut self,
        heads: &[(String, Vec<u8>)],
    ) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => heads.iter().try_for_each(|(owner, head)| {
                let row = chain_heads::customer_id.eq(owner);
                update(row, chain_heads::head.eq(head)).execute(connection).map(drop)
            }),
            Self::Postgres(connection) => sql_query(
                "UPDATE chain_heads SET head = changed.head
                 FROM unnest($1, $2) AS changed (customer_id, head)
                 WHERE chain_heads.customer_id = changed.customer_id",
            )
            .bind::<Array<Text>, _>(heads.iter().map(|(owner, _)| owner).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(heads.iter().map(|(_, head)| head).collect::<Vec<_>>())
            .execute(connection)
            .map(drop),
        }
    }

    /// Records many events at once.
    pub(in crate::store) fn add_audit_events(&mut self, rows: &[EventRow]) -> QueryResult<usize> {
        let insert = diesel::insert_into(audit_events::table).values(rows);
        match self {
            Self::Sqlite(connection) => insert.execute(connection),
            Self::Postgres(connection) => insert.execute(connection),
        }
    }

    /// Adds licenses and makes them their customers' current ones: on PostgreSQL all at once, since
    /// each statement is a way there and back.
    pub(in crate::store) fn replace_licenses(&mut self, rows: &[NewRow]) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => rows.iter().try_for_each(|row| {
                diesel::insert_into(licenses::table).values(row).execute(connection)?;
                let current = (
                    customers::license_id.eq(&row.id),
                    customers::license_seq.eq(row.seq),
                    customers::license_issued_at.eq(row.issued_at),
                    customers::license_key.eq(&row.key),
                );
                let customer = customers::id.eq(&row.customer_id);
                update(customer, current).execute(connection).map(drop)
            }),
            Self::Postgres(connection) => {
                fn each<'a, T>(rows: &'a [NewRow], of: fn(&'a NewRow) -> T) -> Vec<T> {
                    rows.iter().map(of).collect()
                }
                sql_query(
                    "WITH issued AS (
                       INSERT INTO licenses
                         (id, customer_id, seq, issued_at, key, cause, cause_id, document)
                       SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                       RETURNING id, customer_id, seq, issued_at, key)
                     UPDATE customers SET license_id = issued.id, license_seq = issued.seq,
                       license_issued_at = issued.issued_at, license_key = issued.key
                     FROM issued WHERE customers.id = issued.customer_id",
                )
                .bind::<Array<Text>, _>(each(rows, |row| &row.id))
                .bind::<Array<Text>, _>(each(rows, |row| &row.customer_id))
                .bind::<Array<BigInt>, _>(each(rows, |row| row.seq))
                .bind::<Array<Timestamp>, _>(each(rows, |row| row.issued_at))
                .bind::<Array<Text>, _>(each(rows, |row| &row.key))
                .bind::<Array<Text>, _>(each(rows, |row| row.cause))
                .bind::<Array<Text>, _>(each(rows, |row| &row.cause_id))
                .bind::<Array<Binary>, _>(each(rows, |row| &row.document))
                .execute(connection)
                .map(drop)
            }
        }
    }
}
