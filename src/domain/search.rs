//! How customers are found: by the beginnings of their words.
//!
//! Words are folded here (lower case, ё as е), because SQLite folds only ASCII; the store keeps them
//! in an index, and a search asks for those that begin as its terms do.

use std::collections::BTreeSet;

/// The longest word and the longest term, in characters: what is longer is cut.
const MOST_CHARS: usize = 64;
/// The most terms that a search heeds.
const MOST_TERMS: usize = 8;

/// The words under which a text is found: each from where a letter or a digit begins it, to the
/// next space. «Ромашка-Сервис» is found by its beginning and by «сервис».
#[must_use]
pub fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for text in texts {
        for piece in fold(text).split(is_space) {
            let mut inside = false;
            for (start, character) in piece.char_indices() {
                if character.is_alphanumeric() && !inside {
                    words.insert(cut(&piece[start..]));
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
    let terms: BTreeSet<String> =
        fold(search).split(is_space).map(cut).filter(|term| !term.is_empty()).collect();
    let begins_another =
        |term: &String| terms.iter().any(|other| other != term && other.starts_with(term.as_str()));
    terms.iter().filter(|term| !begins_another(term)).take(MOST_TERMS).cloned().collect()
}

/// What stands between words; control characters too, which no word has.
fn is_space(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

/// Lower case, ё as е.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
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
