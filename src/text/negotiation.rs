//! Which language a caller wants: `Accept-Language` with its quality values (RFC 9110, 12.5.4).

use crate::domain::customer::Language;

/// The language of the answer: the one with the higher quality, of equals the one named first.
///
/// English where the header is absent, names neither, or refuses both. A range that is not written
/// as RFC 9110 says is passed over.
pub fn negotiate(accept_language: Option<&str>) -> Language {
    let ranges: Vec<Range> =
        accept_language.unwrap_or_default().split(',').filter_map(range).collect();
    let russian = wanted(&ranges, "ru");
    let english = wanted(&ranges, "en");
    if russian > english { Language::Ru } else { Language::En }
}

struct Range<'a> {
    /// The first subtag (`ru` of `ru-RU`), or `*`.
    primary: &'a str,
    /// In thousandths, 0 to 1000.
    quality: u16,
}

/// How much a language is wanted, greater is more: its quality (0 when it is not named), then how
/// early it is named. A name counts before `*` does.
fn wanted(ranges: &[Range], language: &str) -> (u16, usize) {
    let best = |primary: &str| {
        ranges
            .iter()
            .enumerate()
            .filter(|(_, range)| range.primary.eq_ignore_ascii_case(primary))
            .map(|(index, range)| (range.quality, ranges.len() - index))
            .max()
    };
    match best(language).or_else(|| best("*")) {
        None | Some((0, _)) => (0, 0),
        Some(wanted) => wanted,
    }
}

fn range(text: &str) -> Option<Range<'_>> {
    let (tag, weight) = match text.split_once(';') {
        None => (text, None),
        Some((tag, weight)) => (tag, Some(weight)),
    };
    let primary = tag.trim().split('-').next().filter(|primary| !primary.is_empty())?;
    let quality = weight.map_or(Some(1000), quality)?;
    Some(Range { primary, quality })
}

/// `q=0.8` as 800; at most three decimals, at most 1.
fn quality(weight: &str) -> Option<u16> {
    let (name, value) = weight.trim().split_once('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_figures = decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    if !name.eq_ignore_ascii_case("q") || !is_figures {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_most_wanted_is_spoken() {
        for (header, language) in [
            ("ru", Language::Ru),
            ("RU-ru", Language::Ru),
            ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Language::Ru),
            ("en-GB,en;q=0.9,ru;q=0.8", Language::En),
            ("de, ru;q=0.5, en;q=0.25", Language::Ru),
            ("ru;q=0.5, en;q=0.501", Language::En),
            ("ru, en", Language::Ru),
            ("en, ru", Language::En),
            ("ru;q=0.3, *", Language::En),
            ("en;q=0, *;q=0.1", Language::Ru),
            ("ru ; q=1.000", Language::Ru),
        ] {
            assert_eq!(negotiate(Some(header)), language, "{header}");
        }
    }

    #[test]
    fn english_is_spoken_where_nothing_else_was_asked_for() {
        assert_eq!(negotiate(None), Language::En);
        for header in ["", "*", "de", ",,;q=", "ru;q=0", "ru;q=0, en;q=0", "ru;q=9", "ru;q=0.1234"]
        {
            assert_eq!(negotiate(Some(header)), Language::En, "{header}");
        }
    }
}
