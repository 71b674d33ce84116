use std::borrow::Cow;

/// What makes a spreadsheet calculate, also as Chinese and Japanese keyboards write it.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
/// Where a spreadsheet begins a cell, if it splits the file at another character than ours.
const SEPARATORS: [char; 5] = [';', ',', '\t', '\r', '\n'];

/// A text that no spreadsheet takes for a formula: an apostrophe stands before the character that
/// would begin one, at the text's start or after what might be taken for the end of a cell.
///
/// As OWASP's "CSV Injection" advises. Nothing else of the text changes.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    let mut inert: Option<String> = None;
    let mut copied = 0;
    let mut cell = Some(0);
    for (at, character) in text.char_indices() {
        if SEPARATORS.contains(&character) {
            // A tab or a line's end at the start of a cell is itself what the advice names.
            cell = Some(at + character.len_utf8());
        } else if cell.is_some() && FORMULA.contains(&character) {
            let start = cell.take().unwrap_or(at);
            let made = inert.get_or_insert_default();
            made.push_str(&text[copied..start]);
            made.push('\'');
            copied = start;
        } else if !is_passed_over(character) {
            cell = None;
        }
    }
    let begins_oddly = text.starts_with(['\t', '\r', '\n']);
    match inert {
        None if begins_oddly => Cow::Owned(format!("'{text}")),
        None => Cow::Borrowed(text),
        Some(made) if begins_oddly && !made.starts_with('\'') => {
            Cow::Owned(format!("'{made}{}", &text[copied..]))
        }
        Some(made) => Cow::Owned(made + &text[copied..]),
    }
}

/// What may stand before a formula without ending it: spaces, quotes, what is not seen.
fn is_passed_over(character: char) -> bool {
    let unseen = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}');
    character.is_whitespace() || character.is_control() || unseen || character == '"'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_text() {
        for (text, inert_text) in [
            ("=1+1", "'=1+1"),
            ("+7 495 000-00-00", "'+7 495 000-00-00"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            (" \u{a0}=1", "' \u{a0}=1"),
            ("\u{202e}=1", "'\u{202e}=1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\"=1", "'\"=1"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}SUM", "'\u{ff20}SUM"),
        ] {
            assert_eq!(inert(text), inert_text, "{text:?}");
        }
    }

    #[test]
    fn a_formula_behind_another_separator_is_made_text() {
        assert_eq!(inert("a;=1"), "a;'=1");
        assert_eq!(inert("a, \"=1"), "a,' \"=1");
        assert_eq!(inert("=1;=2;b"), "'=1;'=2;b");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            " ",
            "ООО «Ромашка»",
            "АО \"Звезда-2\"",
            "a=b",
            "1+1",
            "607190",
            "Нью-Йорк",
            "Саров, Нижегородская область; Россия",
            "it@romashka.example",
            "'",
            "\u{202e}abc",
        ] {
            assert_eq!(inert(text), text);
            assert!(matches!(inert(text), Cow::Borrowed(_)), "{text:?}");
        }
    }
}
