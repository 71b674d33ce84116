//! How customers are found: by the beginnings of their words.
//!
//! Words are folded here (lower case, ё as е, Latin letters without their marks), because SQLite folds
//! only ASCII; the store keeps them in an index, and a search asks for those that begin as its terms do.
//! A change of the folding raises [`spelling::VERSION`], so that the stored words are folded anew.

use super::spelling;
use licentia_license::{is_dash, is_invisible};
use std::collections::BTreeSet;

/// The longest word and the longest term, in characters: what is longer is cut.
const MOST_CHARS: usize = 64;
/// The most terms that a search heeds.
const MOST_TERMS: usize = 8;

/// The words under which a text is found: each from where a letter or a digit begins it, to the
/// next space. «Ромашка-Сервис» is found by its beginning and by «сервис», `O'Brien` by `obrien` and by
/// `brien`.
#[must_use]
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for text in texts {
        for piece in fold(text).split(is_space) {
            let mut inside = false;
            for (start, character) in piece.char_indices() {
                if character.is_alphanumeric() && !inside {
                    words.insert(cut(&piece[start..].replace(is_apostrophe, "")));
                }
                inside = character.is_alphanumeric();
            }
        }
    }
    words
}

/// What a search asks for: all of these begin some word. A term that begins another is left out:
/// whoever holds the longer one holds the shorter one too.
#[must_use]
pub fn terms(search: &str) -> Vec<String> {
    let terms: Vec<String> =
        fold(search).replace(is_apostrophe, "").split(is_space).map(cut).collect();
    let terms: BTreeSet<String> = terms.into_iter().filter(|term| !term.is_empty()).collect();
    let begins_another =
        |term: &String| terms.iter().any(|other| other != term && other.starts_with(term.as_str()));
    terms.iter().filter(|term| !begins_another(term)).take(MOST_TERMS).cloned().collect()
}

/// What stands between words; control characters too, which no word has.
fn is_space(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

/// Apostrophes inside a name, which people leave out when they type it.
fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '`' | '´' | '‘' | '’' | 'ʹ' | 'ʻ' | 'ʼ' | '′' | '＇')
}

/// Lower case, ё as е, letters without their marks but й and other Cyrillic ones, every dash as `-`,
/// without invisible characters.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in spelling::composed(text).to_lowercase().chars() {
        match character {
            'ё' => folded.push('е'),
            '\u{400}'..='\u{52f}' => folded.push(character),
            dash if is_dash(dash) => folded.push('-'),
            unseen if is_invisible(unseen) => {}
            other => fold_letter(other, &mut folded),
        }
    }
    folded
}

/// A letter in lower case without its marks; those that Unicode does not take apart, as they are written
/// without them.
fn fold_letter(letter: char, folded: &mut String) {
    if letter.is_ascii() {
        return folded.push(letter);
    }
    let plain = match letter {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ŧ' => "t",
        'þ' => "th",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        _ => {
            let mut bytes = [0; 4];
            let parts = spelling::taken_apart(letter.encode_utf8(&mut bytes));
            let is_mark = |c: &char| matches!(c, '\u{300}'..='\u{36f}');
            folded.extend(parts.chars().filter(|c| !is_mark(c)).flat_map(char::to_lowercase));
            return;
        }
    };
    folded.push_str(plain);
}

/// Without the quotes and stops around it, and no longer than a word may be.
fn cut(piece: &str) -> String {
    let bare = piece.trim_matches(|c: char| !c.is_alphanumeric());
    bare.chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &BTreeSet<String>) -> Vec<&str> {
        words.iter().map(String::as_str).collect()
    }

    #[test]
    fn case_and_yo_and_quotes_make_no_difference() {
        assert_eq!(list(&words(["ООО «Ёлка»"])), ["елка", "ооо"]);
        assert_eq!(terms("«ЁЛКА»"), ["елка"]);
        assert_eq!(terms("елка"), ["елка"]);
    }

    #[test]
    fn a_name_is_found_without_its_marks_and_apostrophes_and_in_either_form_of_unicode() {
        for (name, typed) in [
            ("Söhne", "sohne"),
            ("Söhne", "So\u{308}hne"),
            ("So\u{308}hne", "SÖHNE"),
            ("Łódź", "lodz"),
            ("Łódź", "ŁÓDŹ"),
            ("İstanbul", "istanbul"),
            ("İstanbul", "İSTANBUL"),
            ("O'Brien", "obrien"),
            ("O’Brien", "o'brien"),
            ("O'Brien", "brien"),
            ("Æther Straße", "aether strasse"),
            ("Ｗｉｄｅ", "wide"),
            ("Ёлка", "Е\u{308}лка"),
            ("Чайка", "чаи\u{306}ка"),
            ("2014\u{2011}0513", "2014-0513"),
            ("Ромаш\u{ad}ка", "ромашка\u{200b}"),
        ] {
            let words = words([name]);
            let finds = |term: &String| words.iter().any(|word| word.starts_with(term.as_str()));
            assert!(!terms(typed).is_empty() && terms(typed).iter().all(finds), "{name} {typed}");
        }
        assert_ne!(fold("май"), fold("маи"), "й is a letter of its own");
    }

    #[test]
    fn a_word_is_found_by_the_beginning_of_each_of_its_parts() {
        let found = words(["Ромашка-Сервис", "2014-0513", "it@romashka.example"]);
        let expected = [
            "0513",
            "2014-0513",
            "example",
            "it@romashka.example",
            "romashka.example",
            "ромашка-сервис",
            "сервис",
        ];
        assert_eq!(list(&found), expected);
    }

    #[test]
    fn a_term_that_begins_another_is_left_out() {
        assert_eq!(terms("ром ро саров ром"), ["ром", "саров"]);
        assert_eq!(terms("саров\0ром"), ["ром", "саров"]);
        assert_eq!(terms(" … — ! "), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_longer_than_the_index_takes() {
        let long = "ы".repeat(300);
        assert_eq!(terms(&long), [long.chars().take(MOST_CHARS).collect::<String>()]);
        assert!(words([long.as_str()]).contains(&terms(&long)[0]));
        assert_eq!(terms("а б в г д е ж з и к л м").len(), MOST_TERMS);
    }
}
