//! What is wrong with a field of what a person or a program handed in.

use super::spelling;
use jiff::civil::Date;
use licentia_license::is_invisible;
use serde::Serialize;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body, `/items/0/quantity`.
    pub pointer: String,
    /// What.
    pub fault: Fault,
}

/// What can be wrong with a field; each has a text in both languages (`fault-…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing stands there.
    Missing,
    /// Only white space stands there.
    Empty,
    /// It has more than `most` characters.
    TooLong {
        /// The most characters allowed.
        most: usize,
    },
    /// It has fewer than `fewest` characters.
    TooShort {
        /// The fewest characters allowed.
        fewest: usize,
    },
    /// It has a character that no line of text has: NUL, CR, LF, another control character.
    ControlCharacter,
    /// Not a whole number.
    NotAWholeNumber,
    /// A whole number out of its range.
    OutOfRange {
        /// The least allowed.
        least: i64,
        /// The most allowed.
        most: i64,
    },
    /// Not an address that mail can be sent to.
    NotAnEmailAddress,
    /// Not an address or a network in CIDR notation.
    NotANetwork,
    /// Not a date of the calendar, written YYYY-MM-DD.
    NotADate,
    /// A date after today, where only the past can be.
    InTheFuture,
    /// It cannot be understood.
    NotUnderstood,
    /// It stands for too many.
    TooMany,
    /// It can be set in the file, the environment or by a flag, and on no page.
    NotOnThePage,
    /// Another has this name.
    Taken,
    /// A password that is in lists of common ones, or is soon found from them.
    EasilyGuessed,
    /// Not the person's password.
    WrongPassword,
    /// The temporary password, in place of which another one is chosen.
    TemporaryPassword,
    /// Not one of the words that may stand here.
    UnknownWord,
    /// The same item twice in one purchase.
    Repeated,
    /// This member does not belong to this item.
    NotForThisItem,
    /// No such member is known.
    UnknownMember,
    /// Not of the type that belongs here.
    WrongType,
    /// The purchase has no line, or more than three.
    LineCount,
    /// The customer's total would pass 2^31−1.
    TotalTooLarge,
}

impl Fault {
    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::TooShort { .. } => "too-short",
            Self::ControlCharacter => "control-character",
            Self::NotAWholeNumber => "not-a-whole-number",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAnEmailAddress => "not-an-email-address",
            Self::NotANetwork => "not-a-network",
            Self::NotADate => "not-a-date",
            Self::InTheFuture => "in-the-future",
            Self::NotUnderstood => "not-understood",
            Self::TooMany => "too-many",
            Self::NotOnThePage => "not-on-the-page",
            Self::Taken => "taken",
            Self::EasilyGuessed => "easily-guessed",
            Self::WrongPassword => "wrong-password",
            Self::TemporaryPassword => "temporary-password",
            Self::UnknownWord => "unknown-word",
            Self::Repeated => "repeated",
            Self::NotForThisItem => "not-for-this-item",
            Self::UnknownMember => "unknown-member",
            Self::WrongType => "wrong-type",
            Self::LineCount => "line-count",
            Self::TotalTooLarge => "total-too-large",
        }
    }

    /// The fault at a field.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), fault: self }
    }
}

/// Gathers everything that is wrong, so that a person mends a form once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Keeps the value, or notes what is wrong with it.
    pub fn take<T>(&mut self, pointer: &str, value: Result<T, Fault>) -> Option<T> {
        value.map_err(|fault| self.0.push(fault.at(pointer))).ok()
    }

    /// Notes a fault.
    pub fn add(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// The value, if every part of it was there and nothing was noted.
    ///
    /// # Errors
    /// All that was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// One line of text in Unicode's Normalization Form C: spaces around it dropped, 1 to `most`
/// characters, no control characters, not even at its ends.
///
/// Characters that carry nothing are dropped ([`spelling::carries_nothing`]), among them bidirectional
/// controls: the text is read as it is written. A text of which nothing can be seen is empty.
///
/// # Errors
/// [`Fault::Empty`], [`Fault::TooLong`], [`Fault::ControlCharacter`].
pub fn line(text: &str, most: usize) -> Result<String, Fault> {
    let is_break = |c| matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().any(|c: char| c.is_control() || is_break(c)) {
        return Err(Fault::ControlCharacter);
    }
    let plain: String = text.chars().filter(|c| !spelling::carries_nothing(*c)).collect();
    let plain = spelling::composed(&plain);
    let text = plain.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        Err(Fault::Empty)
    } else if text.chars().count() > most {
        Err(Fault::TooLong { most })
    } else {
        Ok(text.to_owned())
    }
}

/// A date of the calendar, written YYYY-MM-DD and in no other way, in the years 1970 to 9999.
///
/// # Errors
/// [`Fault::NotADate`].
pub fn date(text: &str) -> Result<Date, Fault> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| match i {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    let date = if shaped { text.parse::<Date>().ok() } else { None };
    date.filter(|date| date.year() >= 1970).ok_or(Fault::NotADate)
}

/// A whole number in a range.
///
/// # Errors
/// [`Fault::OutOfRange`].
pub fn whole(number: i64, least: i64, most: i64) -> Result<i64, Fault> {
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(Fault::OutOfRange { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_does_not_exist_is_no_date() {
        assert!(date("2014-10-31").is_ok());
        for text in ["2014-02-29", "never", "31/12/2020", "2014-1-1", "20141031", "0001-01-01", ""]
        {
            assert_eq!(date(text), Err(Fault::NotADate), "{text}");
        }
    }

    #[test]
    fn a_line_of_text_is_kept_or_refused_but_for_what_carries_nothing() {
        assert_eq!(line(" ООО «Ромашка» ", 200).as_deref(), Ok("ООО «Ромашка»"));
        assert_eq!(line("e\u{301}Е\u{308}", 200).as_deref(), Ok("\u{e9}\u{401}"), "composed");
        assert_eq!(line("\u{feff} a\u{202e}b\u{200b}\u{2069} ", 200).as_deref(), Ok("ab"));
        let kept = "👩\u{200d}💻 ❤\u{fe0f} نمی\u{200c}خواهم ＡＢ ﬁ";
        assert_eq!(line(kept, 200).as_deref(), Ok(kept), "joiners and selectors carry something");
        for unseen in ["\u{200b}", "\u{feff} \u{202e}", "\u{200d}\u{fe0f}", "\u{3164}", "\u{2800}"]
        {
            assert_eq!(line(unseen, 200), Err(Fault::Empty), "{unseen:?}");
        }
        assert_eq!(line("a\0b", 200), Err(Fault::ControlCharacter));
        assert_eq!(line("a\r\nBcc: x", 200), Err(Fault::ControlCharacter));
        assert_eq!(line("a\r\n", 200), Err(Fault::ControlCharacter));
        assert_eq!(line("  ", 200), Err(Fault::Empty));
        assert_eq!(line(&"я".repeat(201), 200), Err(Fault::TooLong { most: 200 }));
    }
}
