//! Characters as people type and paste them: invisible ones, the many dashes, look-alikes.

/// Whether a character shows nothing: format characters, variation selectors, fillers (Unicode's
/// `Default_Ignorable_Code_Point`, the annotation marks, and the blank Braille pattern).
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character is a hyphen, a dash or a minus sign.
#[must_use]
pub fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{58a}' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// The Latin letter that a Cyrillic or Greek letter looks like, in the same case; any other character
/// is itself. Letters count as alike when their capitals do: case is folded by most readers.
#[must_use]
pub fn latin_look_alike(character: char) -> char {
    match character {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ԛ' => 'Q',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Ү' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'е' | 'ε' => 'e',
        'н' | 'η' => 'h',
        'і' | 'ι' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'υ' => 'y',
        'ζ' => 'z',
        other => other,
    }
}

/// An activation key as a person typed it, in the alphabet of keys: `A` to `Z` and `2` to `7`
/// (base32, RFC 4648).
///
/// Case, spaces, dashes, quotation marks, other punctuation and invisible characters do not count.
/// Digits that the alphabet lacks are read as the letters they look like, Cyrillic and Greek letters
/// as their Latin look-alikes, and a lower-case `l` among capitals as `I`.
///
/// ```
/// use licentia_license::activation_key;
/// assert_eq!(activation_key("«АВС\u{200b}–2l8К»."), "ABC2IBK");
/// ```
#[must_use]
pub fn activation_key(typed: &str) -> String {
    let plain = typed.chars().map(half_width).map(latin_look_alike);
    let plain: Vec<char> = plain.filter(|c| c.is_alphanumeric() && !is_invisible(*c)).collect();
    let is_other_lower = |c: &char| c.is_lowercase() && *c != 'l';
    let among_capitals =
        plain.iter().any(|c| c.is_uppercase()) && !plain.iter().any(is_other_lower);
    let letter = |c: char| match c {
        '0' => 'O',
        '1' => 'I',
        '8' => 'B',
        'З' | 'з' => '3',
        'l' if among_capitals => 'I',
        c => c.to_ascii_uppercase(),
    };
    plain.into_iter().map(letter).collect()
}

/// A full-width character (U+FF01 to U+FF5E) as the ASCII one that it is.
fn half_width(character: char) -> char {
    match u32::from(character) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ABCEHKMOPTXYI234567BDFGJLN";

    #[test]
    fn an_activation_key_is_read_as_people_type_and_paste_it() {
        let grouped = "ABCEH-KMOPT-XYI23-4567B-DFGJL-N";
        for typed in [
            grouped.to_owned(),
            grouped.to_lowercase(),
            grouped.replace('-', " "),
            grouped.replace('-', "\u{a0}"),
            grouped.replace("ABCEH-KMOPT-XY", "АВСЕН-КМОРТ-ХУ"),
            grouped.replace("ABCEH-KMOPT-XY", "авсен-кморт-ху").replace("XYI", "xyi"),
            grouped.replace('-', "-\u{200b}").replace('E', "E\u{feff}\u{ad}\u{202c}"),
            grouped.replace('I', "l"),
            grouped.replace('I', "1").replace('O', "0").replace('B', "8"),
            grouped.replace('I', "|1|"),
            grouped.replace('3', "З"),
            "ＡＢＣＥＨ－ＫＭＯＰＴ－ＸＹＩ２３－４５６７Ｂ－ＤＦＧＪＬ－Ｎ".to_owned(),
            format!("\"{grouped}\""),
            format!("“{grouped}”"),
            format!("«{grouped}»."),
            format!(" '{grouped}', \r\n"),
            format!("\u{feff}{grouped}…"),
        ] {
            assert_eq!(activation_key(&typed), KEY, "{typed:?}");
        }
        for dash in "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}".chars() {
            assert!(is_dash(dash));
            assert_eq!(activation_key(&grouped.replace('-', &dash.to_string())), KEY, "{dash:?}");
        }
    }

    #[test]
    fn a_lower_case_l_is_an_i_among_capitals_alone() {
        assert_eq!(activation_key("ABl2L"), "ABI2L");
        assert_eq!(activation_key("abl2l"), "ABL2L");
        assert_eq!(activation_key("lll"), "LLL");
    }

    #[test]
    fn a_letter_that_looks_like_none_of_the_alphabet_stays_wrong() {
        assert_ne!(activation_key(&KEY.replace('A', "Б")), KEY);
        assert_ne!(activation_key(&KEY.replace('A', "")), KEY);
    }
}
