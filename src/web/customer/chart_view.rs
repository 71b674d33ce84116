use super::super::page::Page;
use super::chart::{Chart, change};
use crate::app::CustomerFile;
use crate::domain::ledger::Entry;

/// How many facts the table below the picture tells: the last ones.
const FACTS: usize = 25;

/// The chart in words, and the same facts as a table.
pub(super) struct ChartView {
    /// The picture.
    pub chart: Chart,
    /// What is seen on it, for who does not see it.
    pub description: String,
    /// The labels along the time: where, the month and the year.
    pub columns: Vec<(i64, Option<String>, Option<i16>)>,
    /// What happened, newest first.
    pub facts: Vec<Fact>,
    /// Whether there are older facts that are not told.
    pub has_older: bool,
}

/// One thing that the picture shows.
pub(super) struct Fact {
    /// When.
    pub at: String,
    /// What: «покупка».
    pub what: String,
    /// The order it was about.
    pub order: String,
    /// By how much accounts changed: «+20».
    pub change: String,
    /// How many user accounts there were then.
    pub accounts: i64,
}

impl ChartView {
    /// Puts a customer's chart into words; nothing where it never had user accounts.
    pub fn new(page: &Page, file: &CustomerFile) -> Option<Self> {
        let zone = page.state.office.settings().time_zone.clone();
        let chart = Chart::of(&file.ledger, file.at, &zone)?;
        let mut facts = facts(page, file);
        facts.reverse();
        let has_older = facts.len() > FACTS;
        facts.truncate(FACTS);
        let columns = chart.columns.iter().map(|column| {
            let month = column.month.map(|month| page.t(&format!("month-{month}")));
            (column.x, month, column.year)
        });
        let first = file.ledger.entries().first().map(|entry| page.day(&entry.recorded_at()));
        let args = [
            ("from", first.as_deref().unwrap_or_default().into()),
            ("now", file.held().user_accounts.into()),
            ("most", chart.most.into()),
            ("emergencies", i64::try_from(chart.bands.len()).unwrap_or(i64::MAX).into()),
        ];
        Some(Self {
            description: page.text("chart-description", &args),
            columns: columns.collect(),
            facts,
            has_older,
            chart,
        })
    }
}

/// What happened to user accounts, oldest first.
fn facts(page: &Page, file: &CustomerFile) -> Vec<Fact> {
    let mut accounts = 0;
    let mut facts = Vec::new();
    for entry in file.ledger.entries() {
        let change = change(&file.ledger, entry);
        accounts += change;
        let (what, order, change) = match entry {
            Entry::Grant(grant) => {
                let until = page.time(&grant.until);
                let args = [("accounts", grant.accounts.into()), ("until", (&until).into())];
                let change = page.text("chart-emergency", &args);
                ("cause-grant", grant.spent_order.as_str().to_owned(), change)
            }
            _ if change == 0 => continue,
            Entry::Purchase(purchase) => {
                ("cause-purchase", purchase.order_number.as_str().to_owned(), format!("+{change}"))
            }
            Entry::Void(void) => {
                let voided = file.ledger.purchases().find(|one| one.id == void.purchase);
                let order = voided.map(|purchase| purchase.order_number.as_str().to_owned());
                ("cause-void", order.unwrap_or_default(), format!("−{}", change.abs()))
            }
        };
        let at = page.day(&entry.recorded_at());
        facts.push(Fact { at, what: page.t(what), order, change, accounts });
    }
    facts
}
