//! Spellings: when two texts are the same to the people who read them.
//!
//! Keyboards, editors and mail programs write one text in several ways: composed or decomposed, with
//! invisible characters, another dash, letters of another alphabet that look the same.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use licentia_license::{is_dash, is_invisible, latin_look_alike};

/// Counts the changes of [`folded`] and of [`super::search`]: the store folds anew what was folded
/// under an earlier version.
pub const VERSION: i64 = 1;

/// The text in Unicode's Normalization Form C.
#[must_use]
pub fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// The text taken apart into letters and marks, compatibility characters as plain ones (Normalization
/// Form KD).
#[must_use]
pub(super) fn taken_apart(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned()
}

/// Whether a character carries nothing in a line of text: bidirectional controls, spaces without
/// width, soft hyphens, marks of byte order. Joiners and variation selectors carry something: emoji,
/// Persian and Indic words are written with them.
#[must_use]
pub fn carries_nothing(character: char) -> bool {
    let carries = matches!(
        character,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{180f}' | '\u{200c}'..='\u{200d}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{1bca0}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    is_invisible(character) && !carries
}

/// The text in the one spelling by which identifiers are compared: compatibility characters as plain
/// ones (NFKC), without case, invisible characters and repeated spaces, every dash as `-`, and letters
/// that look like Latin ones as those.
///
/// It is for comparison alone, never shown. Digits stay apart from letters: `О` is no `0`.
#[must_use]
pub fn folded(text: &str) -> String {
    let compose = ComposingNormalizerBorrowed::new_nfkc();
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let cased = compose.normalize(&visible).to_uppercase().to_lowercase();
    let plain = cased.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        'ё' | 'ë' => 'e',
        // The sigma that ends a word.
        'ς' => 'σ',
        dash if is_dash(dash) => '-',
        c => latin_look_alike(c),
    });
    // In lower case İ is i with a dot above.
    let plain = plain.collect::<String>().replace("i\u{307}", "i");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_people_read_alike_are_one() {
        for (one, other) in [
            ("ЗАКАЗ-17", "заказ-17"),
            ("ЗАКАЗ-17", "ЗАKAЗ-17"),
            ("ЗАКАЗ-17", "ЗАКАЗ\u{2011}17"),
            ("ЗАКАЗ-17", "ЗАК\u{200b}АЗ\u{2212}17\u{feff}"),
            ("ЗАКАЗ-17", "\u{202d}ЗАКАЗ-\u{ad}17\u{202c}"),
            ("Ёж-й", "Е\u{308}ж-и\u{306}"),
            ("Заём 5", "заем\u{a0} 5"),
            ("№ 17", "No 17"),
            ("ＡＢ－１", "ab-1"),
            ("STRASSE-1", "straße-1"),
            ("İ-1", "i-1"),
            ("ΟΔΟΣ-1", "οδος-1"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn what_people_tell_apart_stays_apart() {
        for (one, other) in [
            ("17", "1 7"),
            ("1-7", "17"),
            ("O-1", "0-1"),
            ("З-1", "3-1"),
            ("й", "и"),
            ("2014/1", "2014-1"),
            ("Ж1", "Б1"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn a_folded_text_folds_to_itself() {
        for text in ["ЗАКАЗ\u{2011}17", "İSTANBUL ß ﬁ № Ⅷ", "e\u{301} Ё", "  a \u{200b} b "]
        {
            assert_eq!(folded(&folded(text)), folded(text), "{text}");
        }
    }
}
