//! The outbox as it is looked through: by state, by customer, the newest first.

use super::Page;
use super::error::StoreError;
use super::mails::{Mail, MailState, Row, mail};
use super::schema::{customers, mails, staff};
use super::time::from_stored;
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

/// Which mails are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailFilter {
    /// Only those in this state.
    pub state: Option<MailState>,
    /// Only those about this customer.
    pub customer: Option<CustomerId>,
}

impl Tx<'_> {
    /// Mails with the names of their customers, or of the staff they notify, the newest first; `page.after` is the last one seen.
    pub fn newest_mails(
        &mut self,
        filter: &MailFilter,
        page: &Page,
    ) -> Result<Vec<(Mail, String)>, StoreError> {
        let mut query = mails::table
            .left_join(customers::table.on(mails::customer_id.eq(customers::id.nullable())))
            .left_join(staff::table.on(mails::staff_id.eq(staff::id.nullable())))
            .select((Row::as_select(), customers::name.nullable(), staff::full_name.nullable()))
            .order(mails::id.desc())
            .limit(page.limit)
            .into_boxed();
        if let Some(state) = filter.state {
            query = query.filter(mails::state.eq(state.as_str()));
        }
        if let Some(customer) = &filter.customer {
            query = query.filter(mails::customer_id.eq(customer.as_str().to_owned()));
        }
        if let Some(after) = &page.after {
            query = query.filter(mails::id.lt(after.clone()));
        }
        let rows: Vec<(Row, Option<String>, Option<String>)> = query.load(self.connection()?)?;
        let named = |(row, customer, person): (Row, Option<String>, Option<String>)| {
            Ok((mail(row)?, customer.or(person).unwrap_or_default()))
        };
        rows.into_iter().map(named).collect()
    }

    /// How many mails there are; counted no further than to one more than `most`, so that it takes
    /// no longer with more.
    pub fn count_mails(&mut self, filter: &MailFilter, most: i64) -> Result<i64, StoreError> {
        let filtered = || {
            let mut query = mails::table.into_boxed();
            if let Some(state) = filter.state {
                query = query.filter(mails::state.eq(state.as_str()));
            }
            if let Some(customer) = &filter.customer {
                query = query.filter(mails::customer_id.eq(customer.as_str().to_owned()));
            }
            query
        };
        let beyond: Option<String> = filtered()
            .select(mails::id)
            .order(mails::id)
            .offset(most)
            .limit(1)
            .get_result(self.connection()?)
            .optional()?;
        if beyond.is_some() {
            return Ok(most + 1);
        }
        Ok(filtered().count().get_result(self.connection()?)?)
    }

    /// Since when the oldest mail waits.
    pub fn oldest_owed_mail(
        &mut self,
        customer: Option<&CustomerId>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut query = mails::table
            .filter(mails::state.eq(MailState::Queued.as_str()))
            .select(mails::created_at)
            .order(mails::id)
            .limit(1)
            .into_boxed();
        if let Some(customer) = customer {
            query = query.filter(mails::customer_id.eq(customer.as_str().to_owned()));
        }
        let oldest: Option<NaiveDateTime> = query.get_result(self.connection()?).optional()?;
        Ok(oldest.map(from_stored))
    }
}
