//! The manual's *Лицензионная информация* as text, in both languages.

use crate::Language;
use crate::panel_words::{Words, words};
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
        (words.emergency_accounts, emergency_accounts(panel, words)),
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

/// X/Z, and that they are blocked, where some are still registered after the end.
fn emergency_accounts(panel: &Panel, words: &Words) -> String {
    let ended = panel.emergency.as_ref().is_some_and(|e| e.state == EmergencyState::Ended);
    let count = count(panel.emergency_accounts);
    match panel.emergency_accounts.used {
        Some(used) if ended && used > 0 => format!("{count} ({})", words.blocked),
        _ => count,
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

#[cfg(test)]
mod tests {
    use super::*;
    use licentia_license::{Emergency, License, Licensee, Usage};

    const USAGE: Usage =
        Usage { user_accounts: 19, emergency_accounts: 3, external_connections: 2 };

    fn license() -> License {
        License {
            iss: "https://licenses.vendor.example".into(),
            sub: "cus_1".into(),
            jti: "lic_1".into(),
            iat: at("2014-05-13T10:00:00Z"),
            seq: 1,
            aud: vec![],
            licensee: Licensee {
                name: "ООО «Вектор»".into(),
                country: Some("Россия".into()),
                region: "Московская область".into(),
                city: "Химки".into(),
                postal_code: "141400".into(),
            },
            user_accounts: 20,
            external_connections: 0,
            support_until: Some("2014-10-31".parse().unwrap()),
            emergency: Some(Emergency {
                accounts: 10,
                from: at("2014-05-13T10:00:00Z"),
                until: at("2014-06-13T10:00:00Z"),
            }),
        }
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn text(license: &License, usage: Option<Usage>, now: &str, language: Language) -> String {
        panel_text(&Panel::new(license, usage, at(now)), language, &TimeZone::UTC)
    }

    #[test]
    fn the_panel_is_the_manuals_in_russian() {
        let text = text(&license(), Some(USAGE), "2014-05-20T00:00:00Z", Language::Russian);
        assert_eq!(
            text,
            "\
Лицензионная информация

  Лицензиат                                 ООО «Вектор»
  Страна                                    Россия
  Область                                   Московская область
  Город                                     Химки
  Почтовый индекс                           141400

  Техническая поддержка осуществляется до   31.10.2014
  Количество учетных записей пользователей  19/20
  Количество внешних подключений (1С)       0
  Срок действия \"экстренной\" лицензии       13.05.2014 - 13.06.2014
  Количество \"экстренных\" учетных записей   3/10
"
        );
    }

    #[test]
    fn the_panel_in_english_says_the_same() {
        let text = text(&license(), Some(USAGE), "2014-05-20T00:00:00Z", Language::English);
        assert_eq!(
            text,
            "\
License information

  Licensee                   ООО «Вектор»
  Country                    Россия
  Region                     Московская область
  City                       Химки
  Postal code                141400

  Support until              31 Oct 2014
  User accounts              19/20
  External connections (1C)  0
  Emergency license          13 May 2014 - 13 Jun 2014
  Emergency accounts         3/10
"
        );
    }

    #[test]
    fn an_ended_emergency_license_is_said_to_have_ended_and_its_accounts_are_blocked() {
        let end = "2014-06-13T10:00:00Z";
        let russian = text(&license(), Some(USAGE), end, Language::Russian);
        assert!(russian.contains("13.05.2014 - 13.06.2014 (закончилась)\n"));
        assert!(russian.ends_with("учетных записей   3/0 (заблокированы)\n"), "{russian}");
        let english = text(&license(), Some(USAGE), end, Language::English);
        assert!(english.contains("13 May 2014 - 13 Jun 2014 (ended)\n"));
        assert!(english.ends_with("Emergency accounts         3/0 (blocked)\n"), "{english}");
    }

    #[test]
    fn what_was_never_bought_or_counted_is_not_there_or_not_known() {
        let mut license = license();
        license.licensee.country = None;
        license.support_until = None;
        license.emergency = None;
        let russian = text(&license, None, "2014-05-20T00:00:00Z", Language::Russian);
        assert_eq!(
            russian,
            "\
Лицензионная информация

  Лицензиат                                 ООО «Вектор»
  Область                                   Московская область
  Город                                     Химки
  Почтовый индекс                           141400

  Лицензия на поддержку отсутствует
  Количество учетных записей пользователей  –/20
  Количество внешних подключений (1С)       0
  Срок действия \"экстренной\" лицензии       нет
  Количество \"экстренных\" учетных записей   –/0
"
        );
        let english = text(&license, None, "2014-05-20T00:00:00Z", Language::English);
        assert!(english.contains("\n  No support license\n"));
        assert!(english.contains("Emergency license          none\n"));
    }

    #[test]
    fn the_days_of_an_emergency_license_are_those_of_the_zone() {
        let mut license = license();
        let emergency = license.emergency.as_mut().unwrap();
        emergency.from = at("2014-05-12T21:00:00Z");
        emergency.until = at("2014-06-12T21:00:00Z");
        let panel = Panel::new(&license, None, at("2014-05-20T00:00:00Z"));
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        assert!(panel_text(&panel, Language::Russian, &moscow).contains("13.05.2014 - 13.06.2014"));
        let utc = panel_text(&panel, Language::Russian, &TimeZone::UTC);
        assert!(utc.contains("12.05.2014 - 12.06.2014"));
    }

    #[test]
    fn a_name_cannot_drive_the_terminal_or_forge_a_row() {
        let mut license = license();
        license.licensee.name = "A\n  User accounts 99/99\u{1b}[2J\u{202e}B".into();
        let text = text(&license, None, "2014-05-20T00:00:00Z", Language::English);
        assert!(text.contains("A\u{fffd}  User accounts 99/99\u{fffd}[2J\u{fffd}B\n"), "{text}");
    }
}
