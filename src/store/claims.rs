//! How mails of the outbox are claimed, sent and noted.

use super::backend::update;
use super::error::StoreError;
use super::mails::{Mail, MailState, Row, mail};
use super::schema::mails;
use super::time::to_stored;
use super::transaction::Tx;
use crate::domain::ids::MailId;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::Timestamp;

/// A mail that was tried so often holds up no later one to the same recipient.
const HOLDS_UP: i64 = 5;

diesel::alias!(mails as earlier: Earlier);

/// Which mails are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueMails {
    /// Those that were never tried, the oldest first.
    Untried,
    /// Those that were, by the time they are due.
    Retries,
}

impl Tx<'_> {
    /// Mails that are due and may be sent: none to one of the domains in `without`, and none while an
    /// earlier mail about the same customer, or the same member of staff, waits for the same recipient,
    /// so that both arrive in order.
    pub fn due_mails(
        &mut self,
        which: DueMails,
        now: Timestamp,
        without: &[String],
        limit: usize,
    ) -> Result<Vec<Mail>, StoreError> {
        let queued = MailState::Queued.as_str();
        let before = || {
            earlier
                .filter(earlier.field(mails::recipient).eq(mails::recipient))
                .filter(earlier.field(mails::state).eq(queued))
                .filter(earlier.field(mails::attempts).lt(HOLDS_UP))
                .filter(earlier.field(mails::id).lt(mails::id))
        };
        let of_customer = before().filter(earlier.field(mails::customer_id).eq(mails::customer_id));
        let of_person = before().filter(earlier.field(mails::staff_id).eq(mails::staff_id));
        let mut query = mails::table
            .filter(mails::state.eq(queued))
            .filter(mails::due_at.le(to_stored(now)))
            .filter(not(exists(of_customer)))
            .filter(not(exists(of_person)))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select(Row::as_select())
            .into_boxed();
        query = match which {
            DueMails::Untried => query.filter(mails::attempts.eq(0)).order(mails::id),
            DueMails::Retries => {
                query.filter(mails::attempts.gt(0)).order((mails::due_at, mails::id))
            }
        };
        for domain in without {
            query = query.filter(mails::recipient.not_like(format!("%@{domain}")));
        }
        query.load(self.connection()?)?.into_iter().map(mail).collect()
    }

    /// Claims a mail by moving its due time ahead; `false` when another worker was faster.
    pub fn claim_mail(&mut self, mail: &Mail, until: Timestamp) -> Result<bool, StoreError> {
        let unclaimed = mails::id
            .eq(mail.id.as_str())
            .and(mails::state.eq(MailState::Queued.as_str()))
            .and(mails::due_at.eq(to_stored(mail.due_at)))
            .and(mails::attempts.eq(mail.attempts));
        let claim = (mails::due_at.eq(to_stored(until)), mails::attempts.eq(mail.attempts + 1));
        Ok(self.change_now(update(unclaimed, claim))? == 1)
    }

    /// Gives a claim back that came to no try: the mail is as `mail` says, which was claimed. `error`
    /// is what it waits for.
    pub fn release_mail(&mut self, mail: &Mail, error: &str) -> Result<(), StoreError> {
        let claimed = mails::id
            .eq(mail.id.to_string())
            .and(mails::state.eq(MailState::Queued.as_str()))
            .and(mails::attempts.eq(mail.attempts + 1));
        let as_before = (
            mails::due_at.eq(to_stored(mail.due_at)),
            mails::attempts.eq(mail.attempts),
            mails::last_error.eq(Some(error.to_owned())),
        );
        self.add(update(claimed, as_before))
    }

    /// Notes how sending a claimed mail went: `state`, and when it is tried again. A sent
    /// mail is noted in any case; a failure only by the holder of the claim, the `attempts`-th.
    pub fn note_mail(
        &mut self,
        id: &MailId,
        state: MailState,
        due_at: Timestamp,
        error: Option<&str>,
        attempts: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sent = state == MailState::Sent;
        let sent_at = sent.then(|| to_stored(now));
        let unsent = mails::id.eq(id.to_string()).and(mails::state.ne(MailState::Sent.as_str()));
        let outcome = (
            mails::state.eq(state.as_str()),
            mails::due_at.eq(to_stored(due_at)),
            mails::last_error.eq(error.map(str::to_owned)),
            mails::sent_at.eq(sent_at),
        );
        if sent {
            return self.add(update(unsent, outcome));
        }
        self.add(update(unsent.and(mails::attempts.eq(attempts)), outcome))
    }
}
