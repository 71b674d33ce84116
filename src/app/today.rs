use super::{Actor, Error, Office, Right};
use crate::store::{CloneToWatch, GrantToWatch, IssuedLately, MailToWatch, SupportEnding, Tx};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

/// What somebody has to look at today.
pub struct Today {
    /// When it was looked at.
    pub at: Timestamp,
    /// The day, in the vendor's zone.
    pub day: Date,
    /// Until when the issuing key may issue, where that is within 90 days.
    pub key_until: Option<Timestamp>,
    /// Emergency grants that are still to be paid, running or ended.
    pub owed: Watched<GrantToWatch>,
    /// Emergency grants that end within a week.
    pub ending: Watched<GrantToWatch>,
    /// Customers whose support ends within 60 days.
    pub support: Watched<SupportEnding>,
    /// How many of them within 7, 14, 30 and 60 days.
    pub support_within: [(i64, i64); 4],
    /// Mails that were refused for good, or have waited for an hour.
    pub mails: Watched<MailToWatch>,
    /// Active installations that may be one of two.
    pub clones: Watched<CloneToWatch>,
    /// The licenses issued last.
    pub licenses: Vec<IssuedLately>,
}

/// A list, cut short, and how much is in it.
pub struct Watched<T> {
    /// The first of it.
    pub first: Vec<T>,
    /// How many there are.
    pub count: i64,
}

impl<T> Watched<T> {
    /// Whether there is more of it than is at hand.
    pub fn is_cut(&self) -> bool {
        i64::try_from(self.first.len()).unwrap_or(i64::MAX) < self.count
    }
}

/// Within how many days the end of support is looked at.
pub const SUPPORT_DAYS: [i64; 4] = [7, 14, 30, 60];
/// Within how much time the end of an emergency grant is looked at.
const ENDING: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a mail may wait before somebody looks at it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// What somebody has to look at today; `limit` of each list.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn today(office: &Office, actor: &Actor, limit: i64) -> Result<Today, Error> {
    actor.require(Right::Read)?;
    let (at, day) = (office.clock.now(), office.today());
    let key_until = office.issuing_key_until().filter(|_| office.key_warning().is_some());
    office.store.read(|tx| {
        let [_, _, _, (last, _)] = SUPPORT_DAYS.map(|days| (days_after(day, days), days));
        Ok(Today {
            at,
            day,
            key_until,
            owed: Watched { first: tx.grants_owed(limit)?, count: tx.count_grants_owed()? },
            ending: Watched {
                first: tx.grants_ending(at, at + ENDING, limit)?,
                count: tx.count_grants_ending(at, at + ENDING)?,
            },
            support: Watched {
                first: tx.support_ending(day, last, limit)?,
                count: tx.count_support_ending(day, last)?,
            },
            support_within: support_within(tx, day)?,
            mails: Watched {
                first: tx.mails_to_watch(at - PATIENCE, limit)?,
                count: tx.count_mails_to_watch(at - PATIENCE)?,
            },
            clones: Watched {
                first: tx.possible_clones(limit)?,
                count: tx.count_possible_clones()?,
            },
            licenses: tx.licenses_issued_last(limit)?,
        })
    })
}

fn support_within(tx: &mut Tx<'_>, day: Date) -> Result<[(i64, i64); 4], Error> {
    let mut within = SUPPORT_DAYS.map(|days| (days, 0));
    for (days, count) in &mut within {
        *count = tx.count_support_ending(day, days_after(day, *days))?;
    }
    Ok(within)
}

fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}
