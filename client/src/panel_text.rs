//! The manual's *Лицензионная информация* as text, in both languages.

use crate::Language;
use jiff::{Timestamp, tz::TimeZone};
use licentia_license::{Count, EmergencyState, Panel, PanelEmergency};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Writes the panel, its values aligned, the emergency license's days in the given zone.
///
/// ```text
/// Лицензионная информация
///
///   Лицензиат                                 Вектор
///   Область                                   Москва
///   …
///   Количество учетных записей пользователей  19/20
/// ```
///
/// X of X/Z is `–` until the installation has counted.
#[must_use]
pub fn panel_text(panel: &Panel, language: Language, zone: &TimeZone) -> String {
    let words = words(language);
    let licensee = licensee_rows(panel, words);
    let rights = rights_rows(panel, words, language, zone);
    let width = licensee.iter().chain(&rights).map(|(label, _)| label.width()).max();
    let mut text = format!("{}\n", words.heading);
    for block in [licensee, rights] {
        text.push('\n');
        for (label, value) in block {
            text.push_str(&line(label, &value, width.unwrap_or_default()));
        }
    }
    text
}

type Row = (&'static str, String);

fn licensee_rows(panel: &Panel, words: &Words) -> Vec<Row> {
    let licensee = &panel.licensee;
    let country = licensee.country.as_deref();
    [
        (words.licensee, Some(licensee.name.as_str())),
        (words.country, country.filter(|country| !country.is_empty())),
        (words.region, Some(&licensee.region)),
        (words.city, Some(&licensee.city)),
        (words.postal_code, Some(&licensee.postal_code)),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| (label, plain(value))))
    .collect()
}

fn rights_rows(panel: &Panel, words: &Words, language: Language, zone: &TimeZone) -> Vec<Row> {
    let support = match panel.support_until {
        Some(until) => (words.support_until, language.date(until)),
        None => (words.no_support, String::new()),
    };
    let emergency = match &panel.emergency {
        Some(emergency) => validity(emergency, words, language, zone),
        None => words.no_emergency.to_owned(),
    };
    vec![
        support,
        (words.user_accounts, count(panel.user_accounts)),
        (words.external_connections, panel.external_connections.licensed.to_string()),
        (words.emergency, emergency),
        (words.emergency_accounts, count(panel.emergency_accounts)),
    ]
}

fn validity(
    emergency: &PanelEmergency,
    words: &Words,
    language: Language,
    zone: &TimeZone,
) -> String {
    let day = |at: Timestamp| language.date(zone.to_datetime(at).date());
    let days = format!("{} - {}", day(emergency.from), day(emergency.until));
    match emergency.state {
        EmergencyState::Active => days,
        EmergencyState::Ended => format!("{days} ({})", words.ended),
    }
}

/// X/Z; X is unknown until the installation has counted.
fn count(count: Count) -> String {
    match count.used {
        Some(used) => format!("{used}/{}", count.licensed),
        None => format!("–/{}", count.licensed),
    }
}

fn line(label: &str, value: &str, width: usize) -> String {
    let mut line = format!("  {label}");
    if !value.is_empty() {
        let gap = width.saturating_sub(label.width()) + 2;
        // Writing to a String cannot fail.
        let _ = write!(line, "{:gap$}{value}", "");
    }
    line.push('\n');
    line
}

/// A name without what could drive a terminal or turn the text around: control characters and
/// the bidirectional overrides.
fn plain(value: &str) -> String {
    let unsafe_char =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    value.replace(unsafe_char, "\u{fffd}")
}

struct Words {
    heading: &'static str,
    licensee: &'static str,
    country: &'static str,
    region: &'static str,
    city: &'static str,
    postal_code: &'static str,
    support_until: &'static str,
    no_support: &'static str,
    user_accounts: &'static str,
    external_connections: &'static str,
    emergency: &'static str,
    no_emergency: &'static str,
    ended: &'static str,
    emergency_accounts: &'static str,
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::Russian => &RUSSIAN,
        Language::English => &ENGLISH,
    }
}

/// The manual's own words.
const RUSSIAN: Words = Words {
    heading: "Лицензионная информация",
    licensee: "Лицензиат",
    country: "Страна",
    region: "Область",
    city: "Город",
    postal_code: "Почтовый индекс",
    support_until: "Техническая поддержка осуществляется до",
    no_support: "Лицензия на поддержку отсутствует",
    user_accounts: "Количество учетных записей пользователей",
    external_connections: "Количество внешних подключений (1С)",
    emergency: "Срок действия \"экстренной\" лицензии",
    no_emergency: "нет",
    ended: "закончилась, учетные записи заблокированы",
    emergency_accounts: "Количество \"экстренных\" учетных записей",
};

const ENGLISH: Words = Words {
    heading: "License information",
    licensee: "Licensee",
    country: "Country",
    region: "Region",
    city: "City",
    postal_code: "Postal code",
    support_until: "Support until",
    no_support: "No support license",
    user_accounts: "User accounts",
    external_connections: "External connections (1C)",
    emergency: "Emergency license",
    no_emergency: "none",
    ended: "ended, accounts blocked",
    emergency_accounts: "Emergency accounts",
};
