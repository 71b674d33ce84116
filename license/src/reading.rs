//! Text that people carry: decoded and cleaned of what editors and mail programs do to it.
//!
//! Only ASCII matters in what is read here, so that words around it may come in any encoding. The
//! token is signed: nothing that is read too kindly is believed.

use crate::typed::{is_dash, is_invisible};

/// The text in a file, whatever saved it: UTF-8 or UTF-16, with a mark of byte order or without; any
/// other bytes as windows-1251 or another code page over ASCII, whose letters are not told apart.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> String {
    let (little, big) = (u16::from_le_bytes as fn([u8; 2]) -> u16, u16::from_be_bytes as _);
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, little),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, big),
        _ => {}
    }
    // Of ASCII in UTF-16, every second byte is zero; no other text has zeros.
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if even.max(odd) > bytes.len() / 8 {
        return utf_16(bytes, if odd > even { little } else { big });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().copied().map(windows_1251).collect(),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Punctuation as what it stands for; of letters only that there is one.
fn windows_1251(byte: u8) -> char {
    match byte {
        0..=0x7f => byte.into(),
        0x96 | 0x97 => '-',
        0x84 | 0x93 | 0x94 | 0xab | 0xbb => '"',
        0xa0 => ' ',
        0xad => '\u{ad}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Without what a reader does not see (and the Ctrl-Z that ends files of DOS), every dash as `-`, the
/// soft line breaks of quoted-printable joined.
pub(crate) fn plain(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c) && !matches!(c, '\0' | '\u{1a}'));
    let plain: String = seen.map(|c| if is_dash(c) { '-' } else { c }).collect();
    plain.replace("=\r\n", "").replace("=\n", "").replace("=\r", "")
}

/// Contents of the lines of a token or of a file of roots, which have no white space of their own:
/// without line breaks, the marks of a reply, and tags of HTML; encoded characters of quoted-printable
/// decoded; any quotation mark as `"`.
pub(crate) fn without_wrapping(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = after;
        match character {
            '=' => match encoded(after) {
                Some(byte) => {
                    clean.push(byte.into());
                    rest = &after[2..];
                }
                None => clean.push('='),
            },
            '<' => match after.split_once('>') {
                Some((tag, behind)) if tag.len() < 200 => rest = behind,
                _ => clean.push('<'),
            },
            '>' | '|' => {}
            '«' | '»' | '“' | '”' | '„' | '‟' | '″' => clean.push('"'),
            c if c.is_whitespace() => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The ASCII character that two hexadecimal digits of quoted-printable stand for.
fn encoded(after: &str) -> Option<u8> {
    let digits = after.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok().filter(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_read_in_every_encoding_that_a_file_is_saved_in() {
        let text = "Лицензия:\r\neyJhbGciOiJFZERTQSJ9.e30.AAAA\r\n";
        let ascii = "eyJhbGciOiJFZERTQSJ9.e30.AAAA";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        let code_page: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap_or(0xcb)).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            marked(&[0xff, 0xfe], &little),
            marked(&[0xfe, 0xff], &big),
            little,
            big,
            code_page,
        ] {
            let read = decode_text(&bytes);
            assert!(read.contains(ascii) && !read.starts_with('\u{feff}'), "{read:?}");
        }
        assert_eq!(decode_text(text.as_bytes()), text, "UTF-8 stays as it is");
    }
}
