//! Dates and times as each language writes them.

use crate::domain::customer::Language;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

/// A day: `31.10.2014`, `31 Oct 2014`.
pub fn date(language: Language, date: Date) -> String {
    match language {
        Language::Ru => date.strftime("%d.%m.%Y").to_string(),
        Language::En => date.strftime("%-d %b %Y").to_string(),
    }
}

/// A minute in a zone, which it names: `13.05.2014 14:00 МСК`, `13 May 2014 14:00 MSK`.
///
/// A zone without letters of its own is named by its distance from UTC: `UTC+05`.
pub fn date_time(language: Language, time: Timestamp, zone: &TimeZone) -> String {
    let local = time.to_zoned_datetime(zone.clone());
    let abbreviation = local.strftime("%Z").to_string();
    let zone = match (language, abbreviation.as_str()) {
        (Language::Ru, "MSK") => "МСК".to_owned(),
        (_, offset) if offset.starts_with(['+', '-']) => format!("UTC{offset}"),
        _ => abbreviation,
    };
    format!("{} {} {zone}", date(language, local.date()), local.strftime("%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(language: Language, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        date_time(language, "2014-05-13T10:00:00Z".parse().unwrap(), &zone)
    }

    #[test]
    fn a_day_is_written_as_the_language_writes_it() {
        let day = "2014-10-31".parse().unwrap();
        assert_eq!(date(Language::Ru, day), "31.10.2014");
        assert_eq!(date(Language::En, day), "31 Oct 2014");
        assert_eq!(date(Language::Ru, "2014-05-01".parse().unwrap()), "01.05.2014");
        assert_eq!(date(Language::En, "2014-05-01".parse().unwrap()), "1 May 2014");
    }

    #[test]
    fn a_time_names_its_zone() {
        assert_eq!(told(Language::Ru, "Europe/Moscow"), "13.05.2014 14:00 МСК");
        assert_eq!(told(Language::En, "Europe/Moscow"), "13 May 2014 14:00 MSK");
        assert_eq!(told(Language::En, "Europe/Berlin"), "13 May 2014 12:00 CEST");
        assert_eq!(told(Language::Ru, "Asia/Yekaterinburg"), "13.05.2014 16:00 UTC+06");
        assert_eq!(told(Language::Ru, "UTC"), "13.05.2014 10:00 UTC");
    }
}
