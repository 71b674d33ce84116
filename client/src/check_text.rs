//! What `check` says, in both languages.

use crate::Language;
use licentia_license::Check;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Writes what may be done now, a line an answer, the answers aligned.
///
/// ```text
/// One more permanent account                 yes
/// One more emergency account                 no
/// …
/// ```
#[must_use]
pub fn check_text(check: &Check, language: Language) -> String {
    let rows = rows(check, language);
    let width = rows.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
    rows.into_iter().fold(String::new(), |mut text, (label, answer)| {
        let gap = " ".repeat(width.saturating_sub(label.width()) + 2);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label}{gap}{answer}");
        text
    })
}

fn rows(check: &Check, language: Language) -> Vec<(&'static str, String)> {
    let russian = language == Language::Russian;
    let say = |ru: &'static str, en: &'static str| if russian { ru } else { en };
    let may = |may: bool| if may { say("можно", "yes") } else { say("нельзя", "no") }.to_owned();
    let days = |days: Option<i64>| match days {
        Some(days) => days.to_string(),
        None => say("нет", "none").to_owned(),
    };
    vec![
        (
            say("Добавить постоянную учетную запись", "One more permanent account"),
            may(check.may_add_user_account),
        ),
        (
            say("Добавить \"экстренную\" учетную запись", "One more emergency account"),
            may(check.may_add_emergency_account),
        ),
        (
            say("Открыть внешнее подключение", "One more external connection"),
            may(check.may_open_external_connection),
        ),
        (
            say("Заблокировано \"экстренных\" учетных записей", "Emergency accounts blocked"),
            check.blocked_emergency_accounts.to_string(),
        ),
        (
            say("Постоянных учетных записей сверх лицензии", "Permanent accounts over the license"),
            check.user_accounts_over.to_string(),
        ),
        (
            say("Внешних подключений сверх лицензии", "External connections over the license"),
            check.external_connections_over.to_string(),
        ),
        (
            say("Дней \"экстренной\" лицензии осталось", "Days left of the emergency license"),
            days(check.emergency_days_left),
        ),
        (
            say("Дней технической поддержки осталось", "Days left of support"),
            days(check.support_days_left),
        ),
    ]
}
