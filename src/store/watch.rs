//! The lists over all customers that somebody looks at every day: what comes near, by the deadlines
//! that the customers' rows repeat; mails that did not go; licenses issued lately.

use super::error::StoreError;
use super::licenses::Cause;
use super::mails::MailState;
use super::schema::{customers, grants, licenses, mails, staff};
use super::time::{date_from_stored, date_to_stored, from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, LicenseId, MailId};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use jiff::{Timestamp, civil::Date};

/// A customer whose support ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportEnding {
    /// The customer.
    pub customer: CustomerId,
    /// Its name.
    pub name: String,
    /// The last day.
    pub until: Date,
}

/// A customer's emergency grant that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantToWatch {
    /// The customer.
    pub customer: CustomerId,
    /// Its name.
    pub name: String,
    /// How many accounts were given.
    pub accounts: i64,
    /// Since when it runs.
    pub from: Timestamp,
    /// When it ends, or ended.
    pub until: Timestamp,
}

/// A mail that did not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailToWatch {
    /// The mail.
    pub id: MailId,
    /// The name of the customer it is about, or of the member of staff it notifies.
    pub name: String,
    /// Whether it is tried again by itself.
    pub is_queued: bool,
    /// What the mail server said last.
    pub last_error: Option<String>,
    /// Since when it is owed.
    pub created_at: Timestamp,
}

/// A license, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedLately {
    /// The license.
    pub id: LicenseId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The customer's name.
    pub name: String,
    /// What it was issued for.
    pub cause: Cause,
    /// When.
    pub issued_at: Timestamp,
}

type GrantColumns = (String, String, i64, NaiveDateTime, NaiveDateTime);

impl Tx<'_> {
    /// Customers whose support ends from `from` to `to`, both inclusive: the soonest first.
    pub fn support_ending(
        &mut self,
        from: Date,
        to: Date,
        limit: i64,
    ) -> Result<Vec<SupportEnding>, StoreError> {
        let rows: Vec<(String, String, Option<NaiveDate>)> = customers::table
            .filter(customers::support_until.ge(date_to_stored(from)))
            .filter(customers::support_until.le(date_to_stored(to)))
            .order((customers::support_until, customers::id))
            .limit(limit)
            .select((customers::id, customers::name, customers::support_until))
            .load(self.connection()?)?;
        let ending = rows.into_iter().filter_map(|(id, name, until)| {
            let until = date_from_stored(until?);
            Some(SupportEnding { customer: CustomerId::stored(id), name, until })
        });
        Ok(ending.collect())
    }

    /// How many customers' support ends from `from` to `to`, both inclusive.
    pub fn count_support_ending(&mut self, from: Date, to: Date) -> Result<i64, StoreError> {
        Ok(customers::table
            .filter(customers::support_until.ge(date_to_stored(from)))
            .filter(customers::support_until.le(date_to_stored(to)))
            .count()
            .get_result(self.connection()?)?)
    }

    /// Grants that are still to be paid, the oldest of each customer: the longest owed first.
    pub fn grants_owed(&mut self, limit: i64) -> Result<Vec<GrantToWatch>, StoreError> {
        let rows: Vec<GrantColumns> = customers::table
            .inner_join(
                grants::table.on(grants::customer_id
                    .eq(customers::id)
                    .and(grants::starts_at.nullable().eq(customers::owed_since))),
            )
            .filter(customers::owed_since.is_not_null())
            .order((customers::owed_since, customers::id))
            .limit(limit)
            .select((
                customers::id,
                customers::name,
                grants::accounts,
                grants::starts_at,
                grants::ends_at,
            ))
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(grant_to_watch).collect())
    }

    /// How many customers owe an emergency grant.
    pub fn count_grants_owed(&mut self) -> Result<i64, StoreError> {
        Ok(customers::table
            .filter(customers::owed_since.is_not_null())
            .count()
            .get_result(self.connection()?)?)
    }

    /// Grants that run at `now` and end at or before `until`: the soonest first.
    pub fn grants_ending(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<GrantToWatch>, StoreError> {
        let rows: Vec<GrantColumns> = customers::table
            .inner_join(
                grants::table.on(grants::customer_id
                    .eq(customers::id)
                    .and(grants::ends_at.nullable().eq(customers::emergency_until))),
            )
            .filter(customers::emergency_until.gt(to_stored(now)))
            .filter(customers::emergency_until.le(to_stored(until)))
            .order((customers::emergency_until, customers::id))
            .limit(limit)
            .select((
                customers::id,
                customers::name,
                grants::accounts,
                grants::starts_at,
                grants::ends_at,
            ))
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(grant_to_watch).collect())
    }

    /// How many grants run at `now` and end at or before `until`.
    pub fn count_grants_ending(
        &mut self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<i64, StoreError> {
        Ok(customers::table
            .filter(customers::emergency_until.gt(to_stored(now)))
            .filter(customers::emergency_until.le(to_stored(until)))
            .count()
            .get_result(self.connection()?)?)
    }

    /// Mails that were refused for good, or wait since before `cutoff`: the oldest first.
    pub fn mails_to_watch(
        &mut self,
        cutoff: Timestamp,
        limit: i64,
    ) -> Result<Vec<MailToWatch>, StoreError> {
        type Columns =
            (String, Option<String>, Option<String>, String, Option<String>, NaiveDateTime);
        let stopped = mails::state.eq(MailState::Stopped.as_str());
        let waits = mails::state.eq(MailState::Queued.as_str());
        let rows: Vec<Columns> = mails::table
            .left_join(customers::table.on(mails::customer_id.eq(customers::id.nullable())))
            .left_join(staff::table.on(mails::staff_id.eq(staff::id.nullable())))
            .filter(stopped.or(waits.and(mails::created_at.le(to_stored(cutoff)))))
            .order((mails::created_at, mails::id))
            .limit(limit)
            .select((
                mails::id,
                customers::name.nullable(),
                staff::full_name.nullable(),
                mails::state,
                mails::last_error,
                mails::created_at,
            ))
            .load(self.connection()?)?;
        let to_watch =
            rows.into_iter().map(|(id, customer, person, state, last_error, created)| {
                MailToWatch {
                    id: MailId::stored(id),
                    name: customer.or(person).unwrap_or_default(),
                    is_queued: state == MailState::Queued.as_str(),
                    last_error,
                    created_at: from_stored(created),
                }
            });
        Ok(to_watch.collect())
    }

    /// How many mails were refused for good, or wait since before `cutoff`.
    pub fn count_mails_to_watch(&mut self, cutoff: Timestamp) -> Result<i64, StoreError> {
        let stopped = mails::state.eq(MailState::Stopped.as_str());
        let waits = mails::state.eq(MailState::Queued.as_str());
        Ok(mails::table
            .filter(stopped.or(waits.and(mails::created_at.le(to_stored(cutoff)))))
            .count()
            .get_result(self.connection()?)?)
    }

    /// The licenses that were issued last, of all customers, the newest first.
    pub fn licenses_issued_last(&mut self, limit: i64) -> Result<Vec<IssuedLately>, StoreError> {
        let rows: Vec<(String, String, String, String, NaiveDateTime)> = licenses::table
            .inner_join(customers::table.on(customers::id.eq(licenses::customer_id)))
            .order(licenses::id.desc())
            .limit(limit)
            .select((
                licenses::id,
                licenses::customer_id,
                customers::name,
                licenses::cause,
                licenses::issued_at,
            ))
            .load(self.connection()?)?;
        let unreadable = || StoreError::Unreadable("the cause of a license".into());
        rows.into_iter()
            .map(|(id, customer, name, cause, issued_at)| {
                Ok(IssuedLately {
                    id: LicenseId::stored(id),
                    customer: CustomerId::stored(customer),
                    name,
                    cause: Cause::parse(&cause).ok_or_else(unreadable)?,
                    issued_at: from_stored(issued_at),
                })
            })
            .collect()
    }
}

fn grant_to_watch((id, name, accounts, from, until): GrantColumns) -> GrantToWatch {
    GrantToWatch {
        customer: CustomerId::stored(id),
        name,
        accounts,
        from: from_stored(from),
        until: from_stored(until),
    }
}
