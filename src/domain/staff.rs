//! Staff: people of the vendor's, what they may do, and how they are let in.

use super::customer::{EmailAddress, Language};
use super::field::{self, Fault, Faults, FieldError};
use super::ids::StaffId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The fewest characters of a password.
pub const FEWEST_CHARACTERS: usize = 12;
/// The most characters of a password.
pub const MOST_CHARACTERS: usize = 200;

/// How long a temporary password is accepted that nobody has used.
pub const TEMPORARY_PASSWORD_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Customers, purchases, mails.
    Sales,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Sales, Self::Auditor];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Sales => "sales",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Its id.
    pub id: StaffId,
    /// What it signs in with, lower case.
    pub name: String,
    /// What it is called.
    pub full_name: String,
    /// What it may do.
    pub role: Role,
    /// Where notices about the account go; none, and they are not sent.
    #[serde(default)]
    pub email: Option<EmailAddress>,
    /// The language of notices.
    #[serde(default = "russian")]
    pub language: Language,
    /// The second factor.
    pub totp: Totp,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was shut out; none while it may sign in.
    pub disabled_at: Option<Timestamp>,
    /// Until when the temporary password is accepted; none for a password that the person has chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_until: Option<Timestamp>,
}

/// The language of accounts recorded before they had one.
fn russian() -> Language {
    Language::Ru
}

impl Staff {
    /// Whether the person may sign in.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether the person needs a second factor: an administrator always, others when the vendor
    /// says so or they have set one up.
    pub fn needs_second_factor(&self, required_of_all: bool) -> bool {
        self.role == Role::Admin || required_of_all || self.totp.confirmed
    }

    /// Whether somebody else has set the password, so that the person chooses another one first.
    #[must_use]
    pub fn has_temporary_password(&self) -> bool {
        self.password_until.is_some()
    }

    /// Whether the password is accepted at this time: a temporary one ends.
    #[must_use]
    pub fn password_is_valid_at(&self, now: Timestamp) -> bool {
        self.password_until.is_none_or(|until| now < until)
    }
}

/// A second factor by time (RFC 6238).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// How often a second factor was set up from the start: 1 until the first reset.
    pub generation: i64,
    /// Whether the person has shown that it has the secret.
    pub confirmed: bool,
    /// The last time step that was used: a code is good once.
    pub last_step: i64,
}

/// A person as it was handed in: not yet checked.
#[derive(Debug, Clone, Default)]
pub struct StaffForm {
    /// What it signs in with: 1 to 50 letters, digits, dots, dashes, underscores, at signs.
    pub name: String,
    /// What it is called, at most 100 characters.
    pub full_name: String,
    /// `admin`, `sales` or `auditor`.
    pub role: String,
    /// Where notices about the account go; may be empty.
    pub email: String,
    /// The language of notices; Russian, unless said otherwise.
    pub language: Option<Language>,
    /// 12 to 200 characters.
    pub password: String,
}

/// A person whose fields are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// What it signs in with.
    pub name: String,
    /// What it is called.
    pub full_name: String,
    /// What it may do.
    pub role: Role,
    /// Where notices about the account go.
    pub email: Option<EmailAddress>,
    /// The language of notices.
    pub language: Language,
}

impl StaffForm {
    /// Checks every field.
    ///
    /// # Errors
    /// All the faults, by field.
    pub fn parse(&self, vendor_name: &str) -> Result<NewStaff, Vec<FieldError>> {
        let mut faults = Faults::default();
        let name = faults.take("/name", sign_in_name(&self.name));
        let full_name = faults.take("/full_name", field::line(&self.full_name, 100));
        let role = faults.take("/role", Role::parse(&self.role).ok_or(Fault::UnknownWord));
        let email = faults.take("/email", notice_address(&self.email));
        let known = [self.name.as_str(), self.full_name.as_str(), vendor_name];
        faults.take("/password", password(&self.password, &known));
        let language = self.language.unwrap_or_else(russian);
        let new = (|| {
            let (name, full_name) = (name?, full_name?);
            Some(NewStaff { name, full_name, role: role?, email: email?, language })
        })();
        faults.finish(new)
    }
}

/// The address for notices about an account; none where the field is empty.
///
/// # Errors
/// [`Fault::NotAnEmailAddress`], or what is wrong with the line itself.
pub fn notice_address(text: &str) -> Result<Option<EmailAddress>, Fault> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { EmailAddress::parse(text).map(Some) }
}

/// A name to sign in with, in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn sign_in_name(text: &str) -> Result<String, Fault> {
    let name = field::line(text, 50)?.to_lowercase();
    let fits = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@'));
    if fits { Ok(name) } else { Err(Fault::UnknownWord) }
}

/// A name to sign in with as a person typed it, to look it up by; one that nobody can have stays as it is.
#[must_use]
pub fn typed_name(text: &str) -> String {
    sign_in_name(text).unwrap_or_else(|_| text.trim().to_lowercase())
}

/// A password: any characters, 12 to 200 of them, and not easily guessed.
///
/// `known` are words that whoever guesses would try first: names of the person and of the vendor.
///
/// # Errors
/// [`Fault::TooShort`], [`Fault::TooLong`], [`Fault::EasilyGuessed`].
pub fn password(text: &str, known: &[&str]) -> Result<(), Fault> {
    let characters = text.chars().count();
    if characters < FEWEST_CHARACTERS {
        Err(Fault::TooShort { fewest: FEWEST_CHARACTERS })
    } else if characters > MOST_CHARACTERS {
        Err(Fault::TooLong { most: MOST_CHARACTERS })
    } else if is_easily_guessed(text, known) {
        Err(Fault::EasilyGuessed)
    } else {
        Ok(())
    }
}

/// Whether fewer than 10^8 guesses find a password: lists of common passwords and words, names,
/// dates, keyboard patterns, repeats, and the words that are known here.
fn is_easily_guessed(text: &str, known: &[&str]) -> bool {
    let whole = known.iter().copied().chain(["licentia"]);
    let parts = known.iter().flat_map(|words| words.split(|c: char| !c.is_alphanumeric()));
    let words: Vec<&str> = whole.chain(parts).filter(|word| word.chars().count() > 2).collect();
    zxcvbn::zxcvbn(text, &words).score() < zxcvbn::Score::Three
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_name_is_one_in_either_form_of_unicode() {
        for typed in ["андрей", " АНДРЕЙ ", "андреи\u{306}", "\u{feff}андрей\u{200b}"]
        {
            assert_eq!(
                (typed_name(typed), sign_in_name(typed)),
                ("андрей".into(), Ok("андрей".into()))
            );
        }
        assert_eq!(typed_name(" No Name "), "no name");
    }

    #[test]
    fn a_common_password_is_refused_and_so_is_one_made_of_known_words() {
        let known = ["anna.petrova", "Анна Петрова", "Orange Software"];
        for text in [
            "password1234",
            "qwertyuiop123",
            "123456789012",
            "aaaaaaaaaaaa",
            "Licentia2026!",
            "anna.petrova1",
            "orangesoftware",
            "Петрова123456",
            "iloveyou1234",
        ] {
            assert_eq!(password(text, &known), Err(Fault::EasilyGuessed), "{text}");
        }
        for text in
            ["correct horse battery staple", "tulip-9-Kettle-drum", "жёлтый трамвай везёт кота"]
        {
            assert_eq!(password(text, &known), Ok(()), "{text}");
        }
    }
}
