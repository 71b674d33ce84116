//! The numbering that purchases, voids and grants share, and the whole ledger read back.

use super::error::StoreError;
use super::schema::{grants, ledger, purchases, voids};
use super::time::to_stored;
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use crate::domain::ledger::{Entry, Ledger, LedgerNumber};
use diesel::prelude::*;
use std::collections::{BTreeMap, HashMap};

impl Tx<'_> {
    /// The customer's whole ledger.
    pub fn ledger(&mut self, customer: &CustomerId) -> Result<Ledger, StoreError> {
        type Columns =
            (Option<super::purchases::Row>, Option<super::voids::Row>, Option<super::grants::Row>);
        let purchase = purchases::customer_id.eq(ledger::customer_id);
        let void = voids::customer_id.eq(ledger::customer_id);
        let grant = grants::customer_id.eq(ledger::customer_id);
        let rows: Vec<Columns> = ledger::table
            .left_join(purchases::table.on(purchase.and(purchases::number.eq(ledger::number))))
            .left_join(voids::table.on(void.and(voids::number.eq(ledger::number))))
            .left_join(grants::table.on(grant.and(grants::number.eq(ledger::number))))
            .filter(ledger::customer_id.eq(customer.as_str()))
            .select((
                Option::<super::purchases::Row>::as_select(),
                Option::<super::voids::Row>::as_select(),
                Option::<super::grants::Row>::as_select(),
            ))
            .load(self.connection()?)?;
        let entries = rows.into_iter().filter_map(|(purchase, void, grant)| {
            let purchase = purchase.map(|row| Entry::Purchase(row.into()));
            let void = void.map(|row| Entry::Void(row.into()));
            purchase.or(void).or(grant.map(|row| Entry::Grant(row.into())))
        });
        Ok(Ledger::new(entries.collect()))
    }

    /// The whole ledgers of these customers: of each that has an entry.
    pub fn ledgers(
        &mut self,
        customers: &[&str],
    ) -> Result<HashMap<CustomerId, Ledger>, StoreError> {
        let purchases: Vec<(String, super::purchases::Row)> = purchases::table
            .filter(purchases::customer_id.eq_any(customers))
            .select((purchases::customer_id, super::purchases::Row::as_select()))
            .load(self.connection()?)?;
        let voids: Vec<(String, super::voids::Row)> = voids::table
            .filter(voids::customer_id.eq_any(customers))
            .select((voids::customer_id, super::voids::Row::as_select()))
            .load(self.connection()?)?;
        let grants: Vec<(String, super::grants::Row)> = grants::table
            .filter(grants::customer_id.eq_any(customers))
            .select((grants::customer_id, super::grants::Row::as_select()))
            .load(self.connection()?)?;
        let all = purchases
            .into_iter()
            .map(|(customer, row)| (customer, Entry::Purchase(row.into())))
            .chain(voids.into_iter().map(|(customer, row)| (customer, Entry::Void(row.into()))))
            .chain(grants.into_iter().map(|(customer, row)| (customer, Entry::Grant(row.into()))));
        let mut entries: HashMap<String, Vec<Entry>> = HashMap::new();
        for (customer, entry) in all {
            entries.entry(customer).or_default().push(entry);
        }
        let ledgers = entries
            .into_iter()
            .map(|(customer, entries)| (CustomerId::stored(customer), Ledger::new(entries)));
        Ok(ledgers.collect())
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
        self.add(diesel::insert_into(ledger::table).values((
            ledger::customer_id.eq(customer.to_string()),
            ledger::number.eq(entry.number()),
            ledger::kind.eq(kind),
            ledger::recorded_at.eq(to_stored(entry.recorded_at())),
            ledger::recorded_by.eq(by.to_owned()),
        )))?;
        match entry {
            Entry::Purchase(purchase) => self.add_purchase(customer, purchase),
            Entry::Void(void) => self.add_void(customer, void),
            Entry::Grant(grant) => self.add_grant(customer, grant),
        }
    }
}
