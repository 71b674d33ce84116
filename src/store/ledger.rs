//! The numbering that purchases, voids and grants share, and the whole ledger read back.

use super::error::StoreError;
use super::schema::{grants, ledger, purchases, voids};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use crate::domain::integrity::{self, LedgerLine};
use crate::domain::ledger::{Entry, Ledger, LedgerNumber};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use std::collections::{BTreeMap, HashMap};

impl Tx<'_> {
    /// The customer's whole ledger.
    pub fn ledger(&mut self, customer: &CustomerId) -> Result<Ledger, StoreError> {
        let lines = self.ledger_lines(&[customer.as_str()])?.remove(customer).unwrap_or_default();
        Ok(ledger_of(&lines))
    }

    /// The rows of these customers' ledgers with the entries that they number, each customer's in the
    /// order of the numbers: of each that has one.
    pub fn ledger_lines(
        &mut self,
        customers: &[&str],
    ) -> Result<HashMap<CustomerId, Vec<LedgerLine>>, StoreError> {
        type Columns = (
            (String, LedgerNumber, String, NaiveDateTime, String, Option<Vec<u8>>),
            Option<super::purchases::Row>,
            Option<super::voids::Row>,
            Option<super::grants::Row>,
        );
        let purchase = purchases::customer_id.eq(ledger::customer_id);
        let void = voids::customer_id.eq(ledger::customer_id);
        let grant = grants::customer_id.eq(ledger::customer_id);
        let joined = ledger::table
            .left_join(purchases::table.on(purchase.and(purchases::number.eq(ledger::number))))
            .left_join(voids::table.on(void.and(voids::number.eq(ledger::number))))
            .left_join(grants::table.on(grant.and(grants::number.eq(ledger::number))))
            .select((
                (
                    ledger::customer_id,
                    ledger::number,
                    ledger::kind,
                    ledger::recorded_at,
                    ledger::recorded_by,
                    ledger::chain,
                ),
                Option::<super::purchases::Row>::as_select(),
                Option::<super::voids::Row>::as_select(),
                Option::<super::grants::Row>::as_select(),
            ));
        let connection = self.connection()?;
        // One customer's statement stays prepared.
        let rows: Vec<Columns> = match customers {
            [customer] => joined.filter(ledger::customer_id.eq(*customer)).load(connection)?,
            _ => joined.filter(ledger::customer_id.eq_any(customers)).load(connection)?,
        };
        let mut ledgers: HashMap<CustomerId, Vec<LedgerLine>> = HashMap::new();
        for ((customer, number, kind, recorded_at, recorded_by, chain), purchase, void, grant) in
            rows
        {
            let purchase = purchase.map(|row| Entry::Purchase(row.into()));
            let void = void.map(|row| Entry::Void(row.into()));
            let grant = grant.map(|row| Entry::Grant(row.into()));
            ledgers.entry(CustomerId::stored(customer)).or_default().push(LedgerLine {
                number,
                kind,
                recorded_at: from_stored(recorded_at),
                recorded_by,
                chain,
                entries: purchase.into_iter().chain(void).chain(grant).collect(),
            });
        }
        for lines in ledgers.values_mut() {
            lines.sort_by_key(|line| line.number);
        }
        Ok(ledgers)
    }

    /// Who recorded the entries of a customer's ledger, by number.
    pub fn recorded_by(
        &mut self,
        customer: &CustomerId,
    ) -> Result<BTreeMap<LedgerNumber, String>, StoreError> {
        let rows: Vec<(LedgerNumber, String)> = ledger::table
            .filter(ledger::customer_id.eq(customer.as_str()))
            .select((ledger::number, ledger::recorded_by))
            .load(self.connection()?)?;
        Ok(rows.into_iter().collect())
    }

    /// Records the next entry; `by` says who did it. The license that is issued for it notes its
    /// number with the customer.
    pub fn record(
        &mut self,
        customer: &CustomerId,
        entry: &Entry,
        by: &str,
    ) -> Result<(), StoreError> {
        let kind = match entry {
            Entry::Purchase(_) => "purchase",
            Entry::Void(_) => "void",
            Entry::Grant(_) => "grant",
        };
        let line = LedgerLine {
            number: entry.number(),
            kind: kind.to_owned(),
            recorded_at: entry.recorded_at(),
            recorded_by: by.to_owned(),
            chain: None,
            entries: vec![entry.clone()],
        };
        let head = self.head(customer.as_str())?;
        head.ledger_number = line.number;
        head.ledger_chain = integrity::ledger_line(&head.ledger_chain, customer, &line);
        let chain = head.ledger_chain.to_vec();
        self.add(diesel::insert_into(ledger::table).values((
            ledger::customer_id.eq(customer.to_string()),
            ledger::number.eq(line.number),
            ledger::kind.eq(kind),
            ledger::recorded_at.eq(to_stored(line.recorded_at)),
            ledger::recorded_by.eq(line.recorded_by),
            ledger::chain.eq(Some(chain)),
        )))?;
        match entry {
            Entry::Purchase(purchase) => self.add_purchase(customer, purchase),
            Entry::Void(void) => self.add_void(customer, void),
            Entry::Grant(grant) => self.add_grant(customer, grant),
        }
    }
}

/// The ledger that these rows number.
pub fn ledger_of(lines: &[LedgerLine]) -> Ledger {
    Ledger::new(lines.iter().filter_map(|line| line.entries.first().cloned()).collect())
}
