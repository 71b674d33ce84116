//! Failed and refused access, counted by day.

use super::Page;
use super::error::StoreError;
use super::schema::{access_refusals, installations};
use super::time::{date_from_stored, date_to_stored, from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::access_refusal::AccessKind;
use crate::domain::ids::AccessRefusalId;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::HashMap;

/// For how long rows are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Which refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefusalKey {
    /// The day, in UTC.
    pub day: Date,
    /// The kind of proof that was refused.
    pub kind: AccessKind,
    /// Why: a stable word.
    pub reason: String,
    /// The client's address, of IPv6 its /64; empty where it is not known.
    pub address: String,
    /// A sign-in name, or an id; empty where there is none.
    pub name: String,
    /// Stands for all those of the day, kind and reason that have no row of their own.
    pub others: bool,
}

/// Refusals that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedRefusals {
    /// The row's id.
    pub id: AccessRefusalId,
    /// Which they are.
    pub key: RefusalKey,
    /// How many.
    pub count: i64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = access_refusals)]
struct Row {
    id: String,
    day: NaiveDate,
    kind: String,
    reason: String,
    address: String,
    name: String,
    others: bool,
    refusals: i64,
    first_at: NaiveDateTime,
    last_at: NaiveDateTime,
}

impl Tx<'_> {
    /// The rows of a day.
    pub fn access_refusals_of(&mut self, day: Date) -> Result<Vec<CountedRefusals>, StoreError> {
        let rows: Vec<Row> = access_refusals::table
            .filter(access_refusals::day.eq(date_to_stored(day)))
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(counted).collect()
    }

    /// Adds a row.
    pub fn add_access_refusals(&mut self, counted: &CountedRefusals) -> Result<(), StoreError> {
        let CountedRefusals { id, key, count, first_at, last_at } = counted;
        self.add(diesel::insert_into(access_refusals::table).values((
            access_refusals::id.eq(id.to_string()),
            access_refusals::day.eq(date_to_stored(key.day)),
            access_refusals::kind.eq(key.kind.as_str()),
            access_refusals::reason.eq(key.reason.clone()),
            access_refusals::address.eq(key.address.clone()),
            access_refusals::name.eq(key.name.clone()),
            access_refusals::others.eq(key.others),
            access_refusals::refusals.eq(*count),
            access_refusals::first_at.eq(to_stored(*first_at)),
            access_refusals::last_at.eq(to_stored(*last_at)),
        )))
    }

    /// Counts more in a row.
    pub fn count_access_refusals(
        &mut self,
        id: &AccessRefusalId,
        more: i64,
        last_at: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::update(access_refusals::table.find(id.as_str()))
            .set((
                access_refusals::refusals.eq(access_refusals::refusals + more),
                access_refusals::last_at.eq(to_stored(last_at)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// The ids of installations by their thumbprints; of those that were activated again, the last.
    pub fn installation_ids(
        &mut self,
        thumbprints: &[&str],
    ) -> Result<HashMap<String, String>, StoreError> {
        let found: Vec<(String, String)> = installations::table
            .filter(installations::thumbprint.eq_any(thumbprints.iter().copied()))
            .order(installations::id)
            .select((installations::thumbprint, installations::id))
            .load(self.connection()?)?;
        Ok(found.into_iter().collect())
    }

    /// Rows by id, the oldest first.
    pub fn access_refusals(&mut self, page: &Page) -> Result<Vec<CountedRefusals>, StoreError> {
        let mut query = access_refusals::table
            .select(Row::as_select())
            .order(access_refusals::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(access_refusals::id.gt(after.clone()));
        }
        let rows: Vec<Row> = query.load(self.connection()?)?;
        rows.into_iter().map(counted).collect()
    }

    /// Rows by their last refusal, the newest first; `before` are the time and the id of the row
    /// that they follow.
    pub fn latest_access_refusals(
        &mut self,
        before: Option<&(Timestamp, String)>,
        limit: i64,
    ) -> Result<Vec<CountedRefusals>, StoreError> {
        let mut query = access_refusals::table
            .select(Row::as_select())
            .order((access_refusals::last_at.desc(), access_refusals::id.desc()))
            .limit(limit)
            .into_boxed();
        if let Some((at, id)) = before {
            let at: NaiveDateTime = to_stored(*at);
            let same = access_refusals::last_at.eq(at).and(access_refusals::id.lt(id.clone()));
            // The first of the two is for the index: it begins to read there.
            query = query
                .filter(access_refusals::last_at.le(at))
                .filter(access_refusals::last_at.lt(at).or(same));
        }
        let rows: Vec<Row> = query.load(self.connection()?)?;
        rows.into_iter().map(counted).collect()
    }

    /// Deletes the rows of days that ended 90 days ago. Returns how many.
    pub fn delete_old_access_refusals(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let first_kept = date_to_stored(TimeZone::UTC.to_datetime(now - KEPT).date());
        let old = access_refusals::table.filter(access_refusals::day.lt(first_kept));
        Ok(diesel::delete(old).execute(self.connection()?)?)
    }
}

fn counted(row: Row) -> Result<CountedRefusals, StoreError> {
    let kind = AccessKind::parse(&row.kind)
        .ok_or_else(|| StoreError::Unreadable(format!("the kind of the refusals {}", row.id)))?;
    let key = RefusalKey {
        day: date_from_stored(row.day),
        kind,
        reason: row.reason,
        address: row.address,
        name: row.name,
        others: row.others,
    };
    Ok(CountedRefusals {
        id: AccessRefusalId::stored(row.id),
        key,
        count: row.refusals,
        first_at: from_stored(row.first_at),
        last_at: from_stored(row.last_at),
    })
}
