use super::super::page::Page;
use crate::app::CustomerFile;
use crate::domain::emergency;
use crate::domain::ids::GrantId;
use std::collections::BTreeSet;

/// How many grants the page shows, beside those that are owed: the last ones.
const SHOWN: usize = 12;

/// An emergency license in the table.
pub(super) struct GrantRow {
    /// The moment of granting.
    pub from: String,
    /// The instant from which its accounts are blocked.
    pub until: String,
    /// How many extra accounts.
    pub accounts: i64,
    /// The order whose right it spent.
    pub order: String,
    /// Whether it runs.
    pub is_active: bool,
    /// Whether it is to be paid.
    pub is_owed: bool,
}

/// Whether there are older ones than the page shows.
pub(super) fn has_older(file: &CustomerFile, shown: &[GrantRow]) -> bool {
    file.ledger.grants().count() > shown.len()
}

/// The last emergency licenses, newest first, and all that are owed.
pub(super) fn grant_rows(page: &Page, file: &CustomerFile) -> Vec<GrantRow> {
    let owed: BTreeSet<&GrantId> = emergency::owed(&file.ledger).map(|grant| &grant.id).collect();
    let last = file.ledger.grants().rev().enumerate();
    last.filter(|(index, grant)| *index < SHOWN || owed.contains(&grant.id))
        .map(|(_, grant)| GrantRow {
            from: page.time(&grant.from),
            until: page.time(&grant.until),
            accounts: grant.accounts,
            order: grant.spent_order.as_str().to_owned(),
            is_active: grant.is_active(file.at),
            is_owed: owed.contains(&grant.id),
        })
        .collect()
}
