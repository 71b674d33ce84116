//! The armour: a token in a file or a mail, with plain words above it for the person who opens it.

use crate::Error;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Wraps a token: the words, then the token between a BEGIN and an END line that name `label`.
///
/// ```
/// let text = licentia_license::armour("LICENSE", "Orange, 20 accounts", "eyJ…");
/// assert_eq!(licentia_license::unarmour(&text).unwrap(), "eyJ…");
/// ```
#[must_use]
pub fn armour(label: &str, words: &str, token: &str) -> String {
    let words = words.trim_end();
    format!("{words}\n\n{BEGIN}{label}{DASHES}\n{token}\n{END}{label}{DASHES}\n")
}

/// Takes the token out of an armour, or a bare token as it is.
///
/// White space inside the armour is dropped, so that a mail program may break the line.
///
/// # Errors
/// [`Error::Malformed`] when there is a BEGIN line without its END line, or more than one.
pub fn unarmour(text: &str) -> Result<String, Error> {
    let Some((_, rest)) = text.split_once(BEGIN) else {
        return Ok(text.trim().to_owned());
    };
    let (label, rest) = rest.split_once(DASHES).ok_or(Error::Malformed("the armour is torn"))?;
    let end = format!("{END}{label}{DASHES}");
    let (body, after) = rest.split_once(&end).ok_or(Error::Malformed("the armour is torn"))?;
    if after.contains(BEGIN) {
        return Err(Error::Malformed("more than one armour"));
    }
    Ok(body.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_broken_by_a_mail_program_is_joined_again() {
        let text = armour("LICENSE", "words", "aaaabbbb").replace("aaaa", "aaaa\r\n ");
        assert_eq!(unarmour(&text).unwrap(), "aaaabbbb");
    }

    #[test]
    fn a_torn_armour_is_refused() {
        let text = armour("LICENSE", "words", "aaaa");
        assert!(unarmour(&text[..text.len() - 10]).is_err());
        assert!(unarmour(&(text.clone() + &text)).is_err());
    }
}
