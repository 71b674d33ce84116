//! The armour: a token in a file or a mail, with plain words above it for the person who opens it.

use crate::jws::MAX_TOKEN_BYTES;
use crate::reading::{decode_text, plain, without_wrapping};
use crate::{Contents, Error};
use base64::{Engine, engine::general_purpose::STANDARD};

/// How an encoded JSON object begins, and so every token.
const TOKEN_BEGINS: &str = "eyJ";
/// An Ed25519 signature in base64url: the third part of a token.
const SIGNATURE_CHARS: usize = 86;
/// More armours, tokens or parts of a mail than a file of ours has.
const MOST: usize = 16;
/// Longer than the label of any armour, in bytes.
const MAX_LABEL: usize = 64;
/// The header of a part of a mail that is encoded, in lower case.
const ENCODED: &str = "content-transfer-encoding: base64";

/// Wraps a token: the words, then the token between a BEGIN and an END line that name `label`.
///
/// ```
/// let text = licentia_license::armour("LICENSE", "Orange, 20 accounts", "eyJ…");
/// assert_eq!(licentia_license::unarmour(&text).unwrap(), "eyJ…");
/// ```
#[must_use]
pub fn armour(label: &str, words: &str, token: &str) -> String {
    let words = words.trim_end();
    format!("{words}\n\n-----BEGIN {label}-----\n{token}\n-----END {label}-----\n")
}

/// Takes the token out of the text that a person has carried here: out of its armour, or bare, alone or
/// among words. Files that are not surely UTF-8 go through [`decode_text`] first.
///
/// It reads what editors and mail programs make of a token: folded lines, the `> ` of a reply,
/// quoted-printable or base64 of a saved mail, dashes and invisible characters put in, an HTML page.
///
/// # Errors
/// [`Error::NoToken`], which says what the text looks like.
pub fn unarmour(text: &str) -> Result<String, Error> {
    match find(text) {
        Err(contents) if !matches!(contents, Contents::Several) => {
            let mut tokens = Vec::new();
            for part in encoded_parts(text) {
                match find(&part) {
                    Ok(token) => tokens.push(token),
                    Err(Contents::Several) => return Err(Error::NoToken(Contents::Several)),
                    Err(_) => {}
                }
            }
            tokens.sort_unstable();
            tokens.dedup();
            match tokens.as_slice() {
                [token] => Ok(token.clone()),
                [] => Err(Error::NoToken(contents)),
                _ => Err(Error::NoToken(Contents::Several)),
            }
        }
        found => found.map_err(Error::NoToken),
    }
}

fn find(text: &str) -> Result<String, Contents> {
    let plain = plain(text);
    let (begun, mut tokens) = armoured(&plain);
    if !begun {
        tokens = bare(&plain);
    }
    tokens.sort_unstable();
    // A mail has its text twice: plain, and as HTML.
    tokens.dedup();
    match tokens.as_slice() {
        [token] => Ok(token.clone()),
        [] if begun => Err(Contents::Torn),
        [] => match plain.trim() {
            word if is_word(word) => Ok(word.to_owned()),
            _ => Err(Contents::of(text)),
        },
        _ => Err(Contents::Several),
    }
}

/// A word that cannot be a token is taken for one where nothing stands beside it: its reader says what is wrong.
fn is_word(text: &str) -> bool {
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.contains('.') && text.bytes().all(is_of_token)
}

/// Whether an armour begins here, and what stands in those that end.
fn armoured(text: &str) -> (bool, Vec<String>) {
    let mut tokens = Vec::new();
    let (mut begun, mut rest) = (false, text);
    for _ in 0..MOST {
        let Some((_, label, after)) = marker(rest, "BEGIN ") else { break };
        (begun, rest) = (true, after);
        let Some((end, ends, behind)) = marker(after, "END ") else { break };
        let body = &after[..end];
        if ends == label && marker(body, "BEGIN ").is_none() {
            tokens.push(without_wrapping(body));
            rest = behind;
        }
    }
    (begun, tokens)
}

/// The first line that begins or ends an armour: where it stands, its label, and what comes after it.
fn marker<'a>(text: &'a str, word: &str) -> Option<(usize, &'a str, &'a str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find(word) {
        let at = from + found;
        from = at + word.len();
        if !text[..at].ends_with('-') {
            continue;
        }
        let ends = text.as_bytes()[from..].iter().take(MAX_LABEL).position(|byte| *byte == b'-');
        let Some(ends) = ends else { continue };
        let label = &text[from..from + ends];
        let is_label = !label.trim().is_empty()
            && label.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ');
        if is_label {
            let begins = text[..at].trim_end_matches('-').len();
            let after = text[from + ends..].trim_start_matches('-');
            return Some((begins, label.trim(), after));
        }
    }
    None
}

/// Tokens without an armour: each from a word that begins as one, over the breaks of its lines, to the
/// end of its signature.
fn bare(text: &str) -> Vec<String> {
    let is_between = |c: char| c.is_whitespace() || "><|\"'«»“”„,;()[]:".contains(c);
    let mut words = text.split(is_between).filter(|word| !word.is_empty());
    let mut tokens = Vec::new();
    while let Some(word) = words.next() {
        if !word.starts_with(TOKEN_BEGINS) {
            continue;
        }
        let mut token = Growing::default();
        token.push(&without_wrapping(word));
        while !token.is_whole() && token.text.len() < MAX_TOKEN_BYTES {
            let Some(more) = words.next() else { break };
            token.push(&without_wrapping(more));
        }
        // A token without an end is left to its reader where nothing stands beside it.
        if token.is_whole() {
            tokens.push(token.text[..token.filled].to_owned());
        }
        if tokens.len() > MOST {
            break;
        }
    }
    tokens
}

/// A token that is put together of words; each is looked at once.
#[derive(Default)]
struct Growing {
    text: String,
    dots: usize,
    /// Offset of the third part.
    signature: Option<usize>,
    /// The length without dots at the end.
    filled: usize,
}

impl Growing {
    fn push(&mut self, more: &str) {
        for (at, _) in more.match_indices('.') {
            self.dots += 1;
            if self.dots == 2 {
                self.signature = Some(self.text.len() + at + 1);
            }
        }
        let filled = more.trim_end_matches('.').len();
        if filled > 0 {
            self.filled = self.text.len() + filled;
        }
        self.text.push_str(more);
    }

    fn is_whole(&self) -> bool {
        let chars = |begins| self.filled.saturating_sub(begins);
        self.signature.is_some_and(|begins| chars(begins) >= SIGNATURE_CHARS)
    }
}

/// The parts of a saved mail that are encoded in base64. No two have a line in common.
fn encoded_parts(mail: &str) -> Vec<String> {
    let lower = mail.to_ascii_lowercase();
    let (mut parts, mut at) = (Vec::new(), 0);
    while parts.len() < MOST
        && let Some(found) = lower[at..].find(ENCODED)
    {
        at += found + ENCODED.len();
        let mut lines = mail[at..].split_inclusive('\n');
        // The rest of the header's own line, then further headers up to the empty line.
        at += lines.next().map_or(0, str::len);
        let head = lines.by_ref().take_while(|line| !line.trim().is_empty());
        at += head.map(str::len).sum::<usize>();
        let is_of_part = |line: &&str| !line.trim().is_empty() && !line.starts_with("--");
        let lines: Vec<&str> = lines.take_while(is_of_part).collect();
        at += lines.iter().map(|line| line.len()).sum::<usize>();
        let part: String = lines.iter().map(|line| line.trim()).collect();
        parts.extend(STANDARD.decode(part).ok().map(|bytes| decode_text(&bytes)));
    }
    parts
}

#[cfg(test)]
mod tests;
