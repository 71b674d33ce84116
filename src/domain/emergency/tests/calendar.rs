//! One calendar month later (`one_month_after`), by hand and against a second oracle.

use super::super::one_month_after;
use crate::domain::testing::{Offsets, at, days_in_month, days_since_1970, month_later, zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn month_after_is(zone_name: &str, from: &str, until: &str) {
    assert_eq!(one_month_after(at(from), &zone(zone_name)), at(until), "{zone_name}, {from}");
}

#[test]
fn a_month_later_is_the_same_day_and_time() {
    month_after_is("Europe/Moscow", "2014-05-13T10:00:00Z", "2014-06-13T10:00:00Z");
    month_after_is("UTC", "2014-12-13T23:59:59Z", "2015-01-13T23:59:59Z");
}

#[test]
fn a_month_that_has_no_such_day_gives_its_last() {
    month_after_is("UTC", "2014-01-31T10:00:00Z", "2014-02-28T10:00:00Z");
    month_after_is("UTC", "2016-01-31T10:00:00Z", "2016-02-29T10:00:00Z");
    month_after_is("UTC", "2016-01-29T10:00:00Z", "2016-02-29T10:00:00Z");
    month_after_is("UTC", "2100-01-29T10:00:00Z", "2100-02-28T10:00:00Z");
    month_after_is("UTC", "2014-08-31T10:00:00Z", "2014-09-30T10:00:00Z");
    month_after_is("UTC", "2014-02-28T10:00:00Z", "2014-03-28T10:00:00Z");
}

#[test]
fn the_month_is_counted_in_the_zone_of_the_vendor() {
    // 31 January, 22:30 UTC is the first of February in Moscow.
    month_after_is("UTC", "2015-01-31T22:30:00Z", "2015-02-28T22:30:00Z");
    month_after_is("Europe/Moscow", "2015-01-31T22:30:00Z", "2015-02-28T22:30:00Z");
    month_after_is("Europe/Moscow", "2015-01-30T22:30:00Z", "2015-02-27T22:30:00Z");
    month_after_is("UTC", "2015-01-30T22:30:00Z", "2015-02-28T22:30:00Z");
}

#[test]
fn the_time_of_day_stays_when_the_clocks_were_put_forward_or_back_meanwhile() {
    month_after_is("Europe/Berlin", "2014-03-15T11:00:00Z", "2014-04-15T10:00:00Z");
    month_after_is("Europe/Berlin", "2014-10-15T10:00:00Z", "2014-11-15T11:00:00Z");
}

#[test]
fn a_time_in_a_gap_becomes_the_first_instant_after_it() {
    // An hour in Berlin: 02:00 to 03:00 on 28 March 2021.
    for from in ["2021-02-28T01:00:00Z", "2021-02-28T01:30:00Z", "2021-02-28T01:59:59Z"] {
        month_after_is("Europe/Berlin", from, "2021-03-28T01:00:00Z");
    }
    month_after_is("Europe/Berlin", "2021-02-28T00:59:59Z", "2021-03-28T00:59:59Z");
    month_after_is("Europe/Berlin", "2021-02-28T02:00:00Z", "2021-03-28T01:00:00Z");
    month_after_is("Europe/Berlin", "2021-02-28T02:00:01Z", "2021-03-28T01:00:01Z");
    // Half an hour on Lord Howe Island: 02:00 to 02:30 on 4 October 2020.
    month_after_is("Australia/Lord_Howe", "2020-09-03T15:45:00Z", "2020-10-03T15:30:00Z");
    // At midnight in São Paulo: 00:00 to 01:00 on 4 November 2018.
    month_after_is("America/Sao_Paulo", "2018-10-04T03:30:00Z", "2018-11-04T03:00:00Z");
    // A whole day in Apia: 30 December 2011 was left out.
    month_after_is("Pacific/Apia", "2011-11-30T20:00:00Z", "2011-12-30T10:00:00Z");
}

#[test]
fn a_time_in_an_overlap_becomes_the_earlier() {
    // In Berlin 02:00 to 03:00 comes twice on 25 October 2020, first at 00:00 UTC.
    month_after_is("Europe/Berlin", "2020-09-25T00:30:00Z", "2020-10-25T00:30:00Z");
    month_after_is("Europe/Berlin", "2020-09-25T01:00:00Z", "2020-10-25T02:00:00Z");
    month_after_is("Europe/Berlin", "2020-09-25T00:00:00Z", "2020-10-25T00:00:00Z");
    // In Moscow 01:00 to 02:00 came twice on 26 October 2014, first at 21:00 UTC.
    month_after_is("Europe/Moscow", "2014-09-25T21:30:00Z", "2014-10-25T21:30:00Z");
}

#[test]
fn a_grant_that_begins_in_an_overlap_keeps_its_time_of_day() {
    // Both 02:30 of 25 October 2020 in Berlin end at the one 02:30 of 25 November.
    month_after_is("Europe/Berlin", "2020-10-25T00:30:00Z", "2020-11-25T01:30:00Z");
    month_after_is("Europe/Berlin", "2020-10-25T01:30:00Z", "2020-11-25T01:30:00Z");
}

#[test]
fn past_the_end_of_the_calendar_there_is_no_later_instant() {
    let late = at("9999-12-15T00:00:00Z");
    assert_eq!(one_month_after(late, &TimeZone::UTC), Timestamp::MAX);
}

/// Every date of 400 years, which is when the calendar repeats itself.
#[test]
fn row_20_every_date_of_400_years_agrees_with_a_calendar_written_by_hand() {
    let mut days = 0;
    for year in 2000..=2400 {
        for month in 1..=12 {
            for day in 1..=days_in_month(year, month) {
                let midnight = DAY * days_since_1970(year, month, day);
                let (y, m, d) = month_later(year, month, day);
                let month_on = DAY * days_since_1970(y, m, d);
                for second in [0, 45_296, DAY - 1] {
                    let until = one_month_after(instant(midnight + second), &TimeZone::UTC);
                    assert_eq!(until.as_second(), month_on + second, "{year}-{month}-{day}");
                }
                days += 1;
                if (year, month) == (2400, 1) {
                    assert_eq!(days, 146_097 + 1, "the 400 years and the first day after them");
                    return;
                }
            }
        }
    }
}

/// Zones with every kind of change: an hour, half an hour, a whole day, at midnight, twice around
/// Ramadan, in the south, by decree, none.
const ZONES: [(&str, i64, i64); 14] = [
    ("Europe/Berlin", 2000, 2030),
    ("Europe/Moscow", 2000, 2030),
    ("Europe/Dublin", 2010, 2020),
    ("America/New_York", 2000, 2030),
    ("America/Sao_Paulo", 2000, 2020),
    ("America/Caracas", 2005, 2018),
    ("Australia/Lord_Howe", 2000, 2030),
    ("Asia/Kolkata", 2010, 2020),
    ("Asia/Pyongyang", 2014, 2019),
    ("Pacific/Apia", 2009, 2022),
    ("Pacific/Kwajalein", 1990, 1996),
    ("Africa/Casablanca", 2005, 2035),
    ("America/St_Johns", 1985, 2012),
    ("Antarctica/Troll", 2004, 2020),
];

/// Compares the rule with the search for a grant that begins at `from`; says how often the clocks
/// show the local time at which it should end.
fn agree(name: &str, zone: &TimeZone, offsets: &Offsets, from: i64) -> usize {
    let date = zone.to_datetime(instant(from)).date();
    let date = (date.year().into(), date.month().into(), date.day().into());
    let wanted = offsets.month_on(from, date);
    let expected = instant(offsets.first_instant(wanted));
    assert_eq!(one_month_after(instant(from), zone), expected, "{name}, {}", instant(from));
    offsets.times_shown(wanted)
}

#[test]
fn row_20_days_in_zones_whose_clocks_change_agree_with_a_search() {
    for (name, first, last) in ZONES {
        let zone = zone(name);
        let offsets = Offsets::of(&zone, first, last + 1);
        let end = days_since_1970(last + 1, 1, 1);
        for day in days_since_1970(first, 1, 2)..end {
            // In the night by the clocks there, when most changes are, and at the day's edges.
            for second in [0, 5_400, 9_000, 12_600, DAY - 1] {
                agree(name, &zone, &offsets, offsets.first_instant(DAY * day + second));
            }
        }
    }
}

/// Grants that would end within a change of the clocks or on its edges, and grants that begin
/// there.
#[test]
fn row_20_gaps_and_overlaps_agree_with_a_search() {
    // So that the test cannot pass by missing what it is for.
    let (mut gaps, mut overlaps) = (0, 0);
    for (name, first, last) in ZONES {
        let zone = zone(name);
        let offsets = Offsets::of(&zone, first - 1, last + 1);
        let years = DAY * days_since_1970(first, 1, 1)..DAY * days_since_1970(last + 1, 1, 1);
        for (change, before, after) in offsets.changes().filter(|(at, _, _)| years.contains(at)) {
            // The clocks show the one local time before the change and the other after it.
            let (least, most) = (change + before.min(after), change + before.max(after));
            let inside = (0..=8).map(|eighth| least + (most - least) * eighth / 8);
            let around = [least - 1, least + 1, most - 1, most + 1, least - 3600, most + 3600];
            for local in inside.chain(around) {
                let from = offsets.first_instant(a_month_before(local));
                match agree(name, &zone, &offsets, from) {
                    0 => gaps += 1,
                    1 => {}
                    _ => overlaps += 1,
                }
            }
            for quarter in -8..=8 {
                for edge in -1..=1 {
                    agree(name, &zone, &offsets, change + 900 * quarter + edge);
                }
            }
        }
    }
    assert!(gaps > 1000 && overlaps > 1000, "{gaps} in gaps, {overlaps} in overlaps");
}

/// The same local time on the day of the month before from which a month leads there; where none
/// does, as on 31 March, a day near it.
fn a_month_before(local: i64) -> i64 {
    let date = TimeZone::UTC.to_datetime(instant(local)).date();
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let days = days_in_month(year, if month == 1 { 12 } else { month - 1 });
    local - DAY * days
}
