use super::*;
use crate::domain::ids::{GrantId, PurchaseId, VoidId};
use crate::domain::ledger::{Purchase, Void};
use crate::domain::purchase::{Lines, OrderNumber};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A ledger that is told entry by entry.
#[derive(Default)]
struct Told(Ledger);

impl Told {
    fn buys(mut self, recorded_at: &str, lines: Lines) -> Self {
        let number = self.0.next_number();
        self.0.record(Entry::Purchase(Purchase {
            id: PurchaseId::from_ulid(&format!("{number:026}")),
            number,
            order_number: OrderNumber::parse(&format!("A-{number}")).unwrap(),
            paid_on: "2014-01-01".parse().unwrap(),
            lines,
            notify: true,
            recorded_at: at(recorded_at),
        }));
        self
    }

    fn accounts(self, recorded_at: &str, quantity: i64) -> Self {
        self.buys(recorded_at, Lines { user_accounts: Some(quantity), ..Lines::default() })
    }

    fn voids(mut self, recorded_at: &str, purchase: i64) -> Self {
        let number = self.0.next_number();
        self.0.record(Entry::Void(Void {
            id: VoidId::from_ulid(&format!("{number:026}")),
            number,
            purchase: PurchaseId::from_ulid(&format!("{purchase:026}")),
            reason: "a slip".into(),
            recorded_at: at(recorded_at),
        }));
        self
    }

    fn granted(mut self, from: &str, until: &str, accounts: i64) -> Self {
        let number = self.0.next_number();
        self.0.record(Entry::Grant(Grant {
            id: GrantId::from_ulid(&format!("{number:026}")),
            number,
            accounts,
            from: at(from),
            until: at(until),
            spent_order: OrderNumber::parse("A-1").unwrap(),
        }));
        self
    }

    fn drawn(&self, now: &str) -> Chart {
        Chart::of(&self.0, at(now), &TimeZone::UTC).unwrap()
    }
}

/// 100 days, so that the picture shows 110: 5 before, 5 after.
fn twenty() -> Told {
    Told::default().accounts("2014-01-01T00:00:00Z", 20)
}

const HUNDRED_DAYS_ON: &str = "2014-04-11T00:00:00Z";

/// Where a day of the hundred is.
fn x(chart: &Chart, days: i64) -> i64 {
    chart.left + (days + 5) * (RIGHT - chart.left) / 110
}

#[test]
fn a_ledger_that_never_had_accounts_has_no_chart() {
    let none = |told: Told| Chart::of(&told.0, at("2014-05-13T10:00:00Z"), &TimeZone::UTC);
    assert_eq!(none(Told::default()), None);
    let lines = Lines { external_connections: Some(3), ..Lines::default() };
    assert_eq!(none(Told::default().buys("2014-01-01T00:00:00Z", lines)), None);
}

#[test]
fn accounts_step_up_when_they_were_recorded_and_run_on_until_now() {
    let chart = twenty().accounts("2014-02-20T00:00:00Z", 20).drawn(HUNDRED_DAYS_ON);
    let (first, second, now) = (x(&chart, 0), x(&chart, 50), x(&chart, 100));
    let middle = i64::midpoint(TOP, BOTTOM);
    let expected = format!("M{} {BOTTOM}H{first}V{middle}H{second}V{TOP}H{now}", chart.left);
    assert_eq!(chart.line, expected);
    assert_eq!((chart.today, chart.most), (now, 40));
}

#[test]
fn a_voided_purchase_leads_down_again() {
    let told = twenty().accounts("2014-02-20T00:00:00Z", 20).voids("2014-03-12T00:00:00Z", 2);
    let chart = told.drawn(HUNDRED_DAYS_ON);
    let middle = i64::midpoint(TOP, BOTTOM);
    let down = format!("V{TOP}H{}V{middle}H{}", x(&chart, 70), x(&chart, 100));
    assert!(chart.line.ends_with(&down), "{}", chart.line);
    assert_eq!(chart.most, 40, "there were more once");
}

#[test]
fn what_changes_no_accounts_makes_no_step() {
    let support = Lines { support_until: Some("2015-01-01".parse().unwrap()), ..Lines::default() };
    let with = twenty().buys("2014-02-20T00:00:00Z", support).voids("2014-03-12T00:00:00Z", 2);
    assert_eq!(with.drawn(HUNDRED_DAYS_ON).line, twenty().drawn(HUNDRED_DAYS_ON).line);
}

#[test]
fn an_emergency_band_reaches_from_its_first_to_its_last_instant() {
    let chart =
        twenty().granted("2014-01-21T00:00:00Z", "2014-02-20T00:00:00Z", 3).drawn(HUNDRED_DAYS_ON);
    let (from, until) = (x(&chart, 20), x(&chart, 50));
    let label = Some(from + (until - from) / 2);
    assert_eq!(chart.bands, [Band { x: from, width: until - from, label, accounts: 3 }]);
}

#[test]
fn an_emergency_that_still_runs_reaches_beyond_today() {
    let chart = twenty()
        .granted("2014-02-10T00:00:00Z", "2014-03-10T00:00:00Z", 3)
        .drawn("2014-02-20T00:00:00Z");
    let band = &chart.bands[0];
    assert!(band.x < chart.today && chart.today < band.x + band.width);
    assert!(band.x + band.width <= RIGHT, "all of it is seen");
}

#[test]
fn bands_of_a_long_history_are_seen_and_their_labels_do_not_collide() {
    let told = twenty()
        .granted("2014-02-01T00:00:00Z", "2014-03-01T00:00:00Z", 3)
        .granted("2014-03-01T00:00:00Z", "2014-04-01T00:00:00Z", 4)
        .granted("2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z", 5);
    let chart = told.drawn("2034-01-01T00:00:00Z");
    assert!(chart.bands.iter().all(|band| band.width >= NARROWEST));
    let labelled: Vec<i64> =
        chart.bands.iter().filter(|band| band.label.is_some()).map(|band| band.accounts).collect();
    assert_eq!(labelled, [3, 5]);
}

#[test]
fn steps_at_one_place_of_the_picture_are_one_however_many_there_were() {
    let mut told = twenty();
    for second in 10..60 {
        told = told.accounts(&format!("2014-02-20T00:00:{second}Z"), 1);
    }
    let chart = told.drawn("2024-01-01T00:00:00Z");
    assert_eq!(chart.line.matches('V').count(), 2, "{}", chart.line);
    assert_eq!(chart.most, 70);
}

#[test]
fn a_purchase_of_this_second_has_a_picture() {
    let chart = twenty().drawn("2014-01-01T00:00:00Z");
    assert!(chart.left < chart.today && chart.today < RIGHT);
    assert!(!chart.columns.is_empty(), "at least one month begins in it");
}

#[test]
fn months_are_told_with_the_year_where_it_begins() {
    let told = |chart: &Chart| -> Vec<(Option<i8>, Option<i16>)> {
        chart.columns.iter().map(|column| (column.month, column.year)).collect()
    };
    let short = Told::default().accounts("2014-11-05T00:00:00Z", 20).drawn("2015-02-20T00:00:00Z");
    let expected =
        [(Some(11), Some(2014)), (Some(12), None), (Some(1), Some(2015)), (Some(2), None)];
    assert_eq!(told(&short), expected);
    let long = twenty().drawn("2026-11-24T00:00:00Z");
    let years: Vec<_> = [2014, 2016, 2018, 2020, 2022, 2024, 2026]
        .into_iter()
        .map(|year| (None, Some(year)))
        .collect();
    assert!(years.ends_with(&told(&long)), "{:?}", long.columns);
    let xs: Vec<i64> = long.columns.iter().map(|column| column.x).collect();
    assert!(xs.is_sorted() && xs.iter().all(|x| (long.left..=RIGHT).contains(x)));
}

#[test]
fn a_month_begins_at_midnight_in_the_vendors_zone() {
    let ledger = twenty().0;
    let now = at(HUNDRED_DAYS_ON);
    let x = |zone: TimeZone| Chart::of(&ledger, now, &zone).unwrap().columns[1].x;
    let east = TimeZone::get("Asia/Kamchatka").unwrap();
    assert!(x(east) < x(TimeZone::UTC), "there it is March earlier");
}

#[test]
fn rows_are_few_round_numbers_up_to_the_most() {
    let accounts = |most| -> Vec<i64> { rows(most).iter().map(|row| row.accounts).collect() };
    assert_eq!(accounts(0), [0, 1]);
    assert_eq!(accounts(3), [0, 1, 2, 3]);
    assert_eq!(accounts(7), [0, 2, 4, 6, 8]);
    assert_eq!(accounts(20), [0, 5, 10, 15, 20]);
    assert_eq!(accounts(101), [0, 50, 100, 150]);
    assert_eq!(accounts(2_147_483_647).last(), Some(&3_000_000_000));
}
