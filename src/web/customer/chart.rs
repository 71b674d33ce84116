//! A customer's user accounts over time, as the geometry of a picture: from the ledger alone.

use crate::domain::ledger::{Entry, Grant, Ledger};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

/// The picture's size; pages scale it down.
const WIDTH: i64 = 800;
const HEIGHT: i64 = 440;
/// The lines' right end, and the highest and the lowest line.
const RIGHT: i64 = WIDTH - 24;
const TOP: i64 = 64;
const BOTTOM: i64 = HEIGHT - 84;
/// What a figure of a label takes.
const FIGURE: i64 = 17;
/// The least that is shown, so that a ledger of today has a picture too.
const SHORTEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The narrowest band that is still seen, and how far apart labels of bands stand.
const NARROWEST: i64 = 8;
const LABEL: i64 = 64;
/// The most labels along the axes.
const MOST_COLUMNS: i64 = 8;
const MOST_ROWS: i64 = 4;

/// The picture, in its own units: x to the right, y down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    /// How wide and how high it is.
    pub size: (i64, i64),
    /// Where the lines begin.
    pub left: i64,
    /// Where they end.
    pub right: i64,
    /// Where the highest line is.
    pub top: i64,
    /// Where the lowest line is.
    pub bottom: i64,
    /// The accounts: a path of horizontal and vertical strokes.
    pub line: String,
    /// The emergency periods.
    pub bands: Vec<Band>,
    /// The labels along the time.
    pub columns: Vec<Column>,
    /// The labels along the accounts.
    pub rows: Vec<Row>,
    /// Where now is.
    pub today: i64,
    /// The most accounts that there ever were.
    pub most: i64,
}

/// An emergency period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Band {
    /// Where it begins.
    pub x: i64,
    /// How wide it is.
    pub width: i64,
    /// Where its label stands, if there is room for one.
    pub label: Option<i64>,
    /// Its accounts.
    pub accounts: i64,
}

/// A first day of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Where it is.
    pub x: i64,
    /// The month, where months are told.
    pub month: Option<i8>,
    /// The year, where it is told.
    pub year: Option<i16>,
}

/// A number of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it is.
    pub y: i64,
    /// The number.
    pub accounts: i64,
}

impl Chart {
    /// Draws a ledger as it stands at `now`; nothing where it never had user accounts.
    pub fn of(ledger: &Ledger, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let steps = steps(ledger);
        let first = steps.first()?.0;
        let grants: Vec<&Grant> = ledger.grants().collect();
        let last = grants.iter().map(|grant| grant.until).fold(now.max(first), Timestamp::max);
        let most = steps.iter().map(|(_, accounts)| *accounts).max().unwrap_or(0);
        let rows = rows(most);
        let highest = rows.last().map_or(1, |row| row.accounts);
        let left = FIGURE * i64::try_from(highest.to_string().len()).unwrap_or(1) + 16;
        let time = Span::around(first, last, left);
        let y = |accounts: i64| BOTTOM - accounts * (BOTTOM - TOP) / highest;
        Some(Self {
            size: (WIDTH, HEIGHT),
            left,
            right: RIGHT,
            top: TOP,
            bottom: BOTTOM,
            line: line(&steps, now, &time, y),
            bands: bands(&grants, &time),
            columns: columns(&time, zone),
            rows: rows.into_iter().map(|row| Row { y: y(row.accounts), ..row }).collect(),
            today: time.x(now),
            most,
        })
    }
}

/// The time that is shown, and where its instants are.
struct Span {
    from: Timestamp,
    to: Timestamp,
    left: i64,
}

impl Span {
    /// From a little before `first` to a little after `last`.
    fn around(first: Timestamp, last: Timestamp, left: i64) -> Self {
        let length = last.duration_since(first).max(SHORTEST);
        let margin = length / 20;
        let from = first.checked_sub(margin).unwrap_or(Timestamp::MIN);
        let to = first.checked_add(length + margin).unwrap_or(Timestamp::MAX);
        Self { from, to, left }
    }

    fn x(&self, at: Timestamp) -> i64 {
        let seconds = |at: Timestamp| at.as_second() - self.from.as_second();
        let gone = seconds(at).clamp(0, seconds(self.to));
        self.left + gone * (RIGHT - self.left) / seconds(self.to).max(1)
    }
}

/// How many accounts there were since when, oldest first.
fn steps(ledger: &Ledger) -> Vec<(Timestamp, i64)> {
    let mut accounts = 0;
    let mut steps = Vec::new();
    for entry in ledger.entries() {
        let change = change(ledger, entry);
        if change != 0 {
            accounts += change;
            steps.push((entry.recorded_at(), accounts));
        }
    }
    steps
}

/// By how much an entry of the ledger changes the user accounts.
pub(super) fn change(ledger: &Ledger, entry: &Entry) -> i64 {
    match entry {
        Entry::Purchase(purchase) => purchase.lines.user_accounts.unwrap_or(0),
        Entry::Void(void) => {
            let voided = ledger.purchases().find(|purchase| purchase.id == void.purchase);
            -voided.and_then(|purchase| purchase.lines.user_accounts).unwrap_or(0)
        }
        Entry::Grant(_) => 0,
    }
}

/// From nothing, step by step, to now. What happens at one place of the picture is one step.
fn line(steps: &[(Timestamp, i64)], now: Timestamp, time: &Span, y: impl Fn(i64) -> i64) -> String {
    let mut path = vec![format!("M{} {}", time.left, y(0))];
    let places: Vec<(i64, i64)> =
        steps.iter().map(|(at, accounts)| (time.x(*at), y(*accounts))).collect();
    for (index, (x, y)) in places.iter().enumerate() {
        if places.get(index + 1).is_none_or(|(next, _)| next > x) {
            path.push(format!("H{x}V{y}"));
        }
    }
    path.push(format!("H{}", time.x(now)));
    path.concat()
}

fn bands(grants: &[&Grant], time: &Span) -> Vec<Band> {
    let mut last_label = i64::MIN / 2;
    let band = |grant: &&Grant| {
        let x = time.x(grant.from);
        let width = (time.x(grant.until) - x).max(NARROWEST);
        let middle = x + width / 2;
        let label = (middle - last_label >= LABEL).then_some(middle);
        last_label = label.unwrap_or(last_label);
        Band { x, width, label, accounts: grant.accounts }
    };
    grants.iter().map(band).collect()
}

/// The first days of months, as many as have room; years alone where there are many.
fn columns(time: &Span, zone: &TimeZone) -> Vec<Column> {
    let month_of = |at: Timestamp| {
        let day = zone.to_datetime(at).date();
        i64::from(day.year()) * 12 + i64::from(day.month()) - 1
    };
    let (first, last) = (month_of(time.from) + 1, month_of(time.to));
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600]
        .into_iter()
        .find(|step| (last - first) / step < MOST_COLUMNS)
        .unwrap_or(1200);
    let mut told = None;
    let mut columns = Vec::new();
    for month in (first..=last).filter(|month| month % step == 0) {
        let Some(day) = first_day(month) else { continue };
        let Ok(at) = zone.to_timestamp(day.into()) else { continue };
        let year = (told != Some(day.year())).then_some(day.year());
        told = Some(day.year());
        columns.push(Column { x: time.x(at), month: (step < 12).then_some(day.month()), year });
    }
    columns
}

/// The first day of a month that is counted from the year 0.
fn first_day(month: i64) -> Option<Date> {
    let years = i32::try_from(month / 12).ok()?;
    let months = i32::try_from(month % 12).ok()?;
    date(0, 1, 1).checked_add(years.years().months(months)).ok()
}

/// 0 and a few round numbers above it, the last one not below `most`; where they are is left open.
fn rows(most: i64) -> Vec<Row> {
    let most = most.max(1);
    let mut step = 1;
    let mut next = [2, 5, 10].into_iter().cycle();
    let mut power = 1;
    while (most + step - 1) / step > MOST_ROWS {
        let factor = next.next().unwrap_or(10);
        step = power * factor;
        if factor == 10 {
            power = step;
        }
    }
    let count = (most + step - 1) / step;
    (0..=count).map(|index| Row { y: 0, accounts: index * step }).collect()
}

#[cfg(test)]
mod tests;
