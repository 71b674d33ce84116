use crate::app::{AnsweredRequest, Outcome};
use crate::domain::customer::Language;
use crate::domain::ledger::Grant;
use crate::text::{self, Texts};
use jiff::tz::TimeZone;

/// What came of a carried request, and what to do with the answer, in words. Nothing that somebody
/// has typed stands in them.
pub fn answer_words(
    texts: &Texts,
    language: Language,
    zone: &TimeZone,
    answered: &AnsweredRequest,
) -> String {
    let plain = |id: &str| texts.get(language, id, &[]);
    let emergency = |id: &str, grant: &Grant| {
        let until = text::date_time(language, grant.until, zone);
        texts.get(language, id, &[("accounts", grant.accounts.into()), ("until", (&until).into())])
    };
    let outcome = match &answered.outcome {
        Outcome::Activated => plain("offline-activated"),
        Outcome::Updated => plain("offline-updated"),
        Outcome::Granted(grant) => emergency("offline-granted", grant),
        Outcome::GrantedBefore(grant) => emergency("offline-granted-before", grant),
        Outcome::Released => plain("offline-released"),
        Outcome::ReleasedBefore => plain("offline-released-before"),
        Outcome::UsageNoted => plain("offline-usage-noted"),
    };
    format!("{outcome}\n{}", plain("offline-carry-back"))
}
