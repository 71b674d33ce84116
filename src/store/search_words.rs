//! The words under which customers are found, and the search itself.
//!
//! A search reads the index of words from where its rarest term begins, so that it takes as long
//! among a million customers as among a thousand. The SQL is written out: both databases read
//! `$1, $2, …` in the order in which they first stand, and `LIMIT 1 OFFSET 0` keeps PostgreSQL from
//! turning a look at one index entry into a join of everything.

use super::Page;
use super::backend::AnyConnection;
use super::customers::{Row, customer};
use super::error::StoreError;
use super::schema::search_words;
use super::transaction::Tx;
use crate::domain::customer::{Customer, CustomerDetails};
use crate::domain::ids::{CustomerId, GrantId, InstallationId, LicenseId, MailId, PurchaseId};
use crate::domain::search;
use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How far the entries of a term are counted: rarer ones are told apart, commoner ones are alike.
const COUNTED: i64 = 1000;
/// Sorts behind every word that begins with what stands before it.
const LAST: char = char::MAX;

type Sql =
    BoxedSqlQuery<'static, <AnyConnection as Connection>::Backend, diesel::query_builder::SqlQuery>;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Tx<'_> {
    /// Lets a customer be found by these words too.
    pub fn add_search_words(
        &mut self,
        customer: &CustomerId,
        words: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        for word in words {
            let entry = (
                search_words::word.eq(word.clone()),
                search_words::customer_id.eq(customer.to_string()),
            );
            let insert = diesel::insert_into(search_words::table).values(entry);
            self.add(insert.on_conflict_do_nothing())?;
        }
        Ok(())
    }

    /// Lets a customer be found by a word no more.
    pub(super) fn remove_search_word(
        &mut self,
        customer: &CustomerId,
        word: &str,
    ) -> Result<(), StoreError> {
        diesel::delete(search_words::table.find((word, customer.as_str())))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Lets a customer be found by the words of other details; its order numbers stay.
    pub(super) fn change_search_words(
        &mut self,
        customer: &CustomerId,
        details: &CustomerDetails,
    ) -> Result<(), StoreError> {
        sql_query("DELETE FROM search_words WHERE customer_id = $1")
            .bind::<Text, _>(customer.to_string())
            .execute(self.connection()?)?;
        let orders = self.order_numbers(customer)?;
        let mut words = details.search_words();
        words.extend(search::words(orders.iter().map(String::as_str)));
        self.add_search_words(customer, &words)
    }

    /// Customers of whose words some begin with each of `terms` (at least one), by the word that
    /// the rarest of these begins.
    pub(super) fn find_customers(
        &mut self,
        terms: &[String],
        page: &Page,
    ) -> Result<Vec<Customer>, StoreError> {
        let mut counted = Vec::new();
        for term in terms {
            let count = if terms.len() == 1 { 0 } else { self.count_words(term)? };
            // Of common terms the longest is likely the rarest.
            counted.push((count, Reverse(term.len()), term));
        }
        counted.sort();
        let Some(((.., rarest), others)) = counted.split_first() else { return Ok(Vec::new()) };
        let (word, id) = match &page.after {
            None => ((*rarest).clone(), String::new()),
            Some(after) => match self.first_word(after, rarest)? {
                Some(word) => (word, after.clone()),
                None => return Ok(Vec::new()),
            },
        };
        let also = (0..others.len()).map(|n| {
            let (from, to) = (5 + 2 * n, 6 + 2 * n);
            format!(
                "AND EXISTS (SELECT 1 FROM search_words o WHERE o.customer_id = w.customer_id \
                 AND o.word >= ${from} AND o.word < ${to} LIMIT 1 OFFSET 0) "
            )
        });
        let mut query: Sql = sql_query(format!(
            "SELECT c.* FROM search_words w JOIN customers c ON c.id = w.customer_id \
             WHERE (w.word, w.customer_id) > ($1, $2) AND w.word < $3 \
             AND NOT EXISTS (SELECT 1 FROM search_words e WHERE e.customer_id = w.customer_id \
             AND e.word >= $4 AND e.word < w.word LIMIT 1 OFFSET 0) {}\
             ORDER BY w.word, w.customer_id LIMIT {}",
            also.collect::<String>(),
            page.limit,
        ))
        .into_boxed()
        .bind::<Text, _>(word)
        .bind::<Text, _>(id)
        .bind::<Text, _>(format!("{rarest}{LAST}"))
        .bind::<Text, _>((*rarest).clone());
        for (.., other) in others {
            query =
                query.bind::<Text, _>((*other).clone()).bind::<Text, _>(format!("{other}{LAST}"));
        }
        query.load::<Row>(self.connection()?)?.into_iter().map(customer).collect()
    }

    /// The customer with this id, or to whom what has this id belongs.
    pub fn customer_by_any_id(&mut self, id: &str) -> Result<Option<CustomerId>, StoreError> {
        let tables = [
            (CustomerId::PREFIX, "customers", "id"),
            (PurchaseId::PREFIX, "purchases", "customer_id"),
            (LicenseId::PREFIX, "licenses", "customer_id"),
            (GrantId::PREFIX, "grants", "customer_id"),
            (InstallationId::PREFIX, "installations", "customer_id"),
            (MailId::PREFIX, "mails", "customer_id"),
        ];
        let table = tables.into_iter().find(|(prefix, ..)| id.starts_with(prefix));
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let Some((_, table, column)) = table.filter(|_| is_plain) else { return Ok(None) };
        let owner: Option<Word> =
            sql_query(format!("SELECT {column} AS word FROM {table} WHERE id = $1"))
                .bind::<Text, _>(id.to_owned())
                .get_result(self.connection()?)
                .optional()?;
        Ok(owner.map(|owner| CustomerId::stored(owner.word)))
    }

    /// How many entries begin with a term, as far as they are counted.
    fn count_words(&mut self, term: &str) -> Result<i64, StoreError> {
        let count: Count = sql_query(
            "SELECT count(*) AS count FROM (SELECT 1 AS one FROM search_words \
             WHERE word >= $1 AND word < $2 LIMIT $3) AS counted",
        )
        .bind::<Text, _>(term.to_owned())
        .bind::<Text, _>(format!("{term}{LAST}"))
        .bind::<BigInt, _>(COUNTED)
        .get_result(self.connection()?)?;
        Ok(count.count)
    }

    /// The first of a customer's words that begins with a term.
    fn first_word(&mut self, customer: &str, term: &str) -> Result<Option<String>, StoreError> {
        let word: Option<Word> = sql_query(
            "SELECT word FROM search_words WHERE customer_id = $1 AND word >= $2 AND word < $3 \
             ORDER BY word LIMIT 1",
        )
        .bind::<Text, _>(customer.to_owned())
        .bind::<Text, _>(term.to_owned())
        .bind::<Text, _>(format!("{term}{LAST}"))
        .get_result(self.connection()?)
        .optional()?;
        Ok(word.map(|word| word.word))
    }
}
