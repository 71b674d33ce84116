//! The customer: the company that buys.

use super::field::{self, Fault, Faults, FieldError};
use super::ids::CustomerId;
use super::search;
use email_address::Options;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The most installation places a customer may have.
pub const MOST_PLACES: i64 = 20;

/// A customer as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// What was entered of it.
    pub details: CustomerDetails,
    /// Which activation key is valid: they are numbered from 1.
    pub activation_generation: i64,
    /// The version of the secret that it is derived from.
    pub activation_secret: i64,
    /// Counts the edits of the details; the ETag is made of it.
    pub version: i64,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// What staff enter of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerDetails {
    /// Its name and address, as licenses state them.
    pub licensee: Licensee,
    /// Where its mails go.
    pub email: EmailAddress,
    /// What its mails are written in.
    pub language: Language,
    /// How many installations may be active at once, 1 to 20.
    pub places: i64,
}

impl CustomerDetails {
    /// The words under which the customer is found: of its name, city, postal code and e-mail
    /// address.
    pub fn search_words(&self) -> BTreeSet<String> {
        let licensee = &self.licensee;
        let email = self.email.as_str();
        search::words([&*licensee.name, &*licensee.city, &*licensee.postal_code, email])
    }
}

/// The customer's name and address as the license states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licensee {
    /// The company's name.
    pub name: String,
    /// Its country, where the vendor keeps one.
    pub country: Option<String>,
    /// Its region.
    pub region: String,
    /// Its city.
    pub city: String,
    /// Its postal code.
    pub postal_code: String,
}

/// A customer as it was handed in: not yet checked.
#[derive(Debug, Clone, Default)]
pub struct CustomerForm {
    /// The company's name, at most 200 characters.
    pub name: String,
    /// Its country, at most 100 characters; empty for none.
    pub country: Option<String>,
    /// Its region, at most 100 characters.
    pub region: String,
    /// Its city, at most 100 characters.
    pub city: String,
    /// Its postal code, at most 20 characters.
    pub postal_code: String,
    /// Its e-mail address.
    pub email: String,
    /// `ru` or `en`.
    pub language: String,
    /// 1 to 20.
    pub places: i64,
}

impl CustomerForm {
    /// Checks every field.
    ///
    /// # Errors
    /// All the faults, by field.
    pub fn parse(self) -> Result<CustomerDetails, Vec<FieldError>> {
        let mut faults = Faults::default();
        let name = faults.take("/name", field::line(&self.name, 200));
        let country = match self.country.as_deref().map(|country| field::line(country, 100)) {
            None | Some(Err(Fault::Empty)) => Some(None),
            Some(country) => faults.take("/country", country).map(Some),
        };
        let region = faults.take("/region", field::line(&self.region, 100));
        let city = faults.take("/city", field::line(&self.city, 100));
        let postal_code = faults.take("/postal_code", field::line(&self.postal_code, 20));
        let email = faults.take("/email", EmailAddress::parse(&self.email));
        let language = faults.take("/language", Language::parse(&self.language));
        let places = faults.take("/places", field::whole(self.places, 1, MOST_PLACES));
        let details = (|| {
            Some(CustomerDetails {
                licensee: Licensee {
                    name: name?,
                    country: country?,
                    region: region?,
                    city: city?,
                    postal_code: postal_code?,
                },
                email: email?,
                language: language?,
                places: places?,
            })
        })();
        faults.finish(details)
    }
}

/// An address that one mail can be sent to: one address at a domain name, no CR or LF, at most 254
/// characters. An address literal such as `a@[192.0.2.1]` is refused: mail servers do not relay to it.
///
/// Its domain may be internationalized, as in `info@ромашка.рф`: it is kept and shown in Unicode, also
/// where a browser has encoded it (`xn--…`), and mail goes to it by [`Self::to_ascii`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`Fault::NotAnEmailAddress`], or what is wrong with the line itself.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = field::line(text, 254)?;
        let address = Self(in_unicode(text));
        let ascii = address.to_ascii().ok_or(Fault::NotAnEmailAddress)?;
        let plain =
            ascii.bytes().all(|b| b.is_ascii_graphic()) && !ascii.contains(['"', '<', '>', '(']);
        let options = Options::default().without_domain_literal().without_display_text();
        let valid = ascii.len() <= 254
            && email_address::EmailAddress::parse_with_options(&ascii, options).is_ok();
        if plain && valid { Ok(address) } else { Err(Fault::NotAnEmailAddress) }
    }

    /// The address as mail servers know it: its domain in ASCII (IDNA, RFC 5891); `None` where that
    /// cannot be.
    #[must_use]
    pub fn to_ascii(&self) -> Option<String> {
        match self.0.rsplit_once('@') {
            Some((local, domain)) if !domain.is_ascii() => {
                let domain = idna::domain_to_ascii_strict(domain).ok()?;
                Some(format!("{local}@{domain}"))
            }
            _ => Some(self.0.clone()),
        }
    }

    /// Takes what the store kept.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address with its domain in Unicode, where that is another spelling of the same domain.
fn in_unicode(text: String) -> String {
    let Some((local, domain)) = text.rsplit_once('@') else { return text };
    if !domain.to_ascii_lowercase().contains("xn--") {
        return text;
    }
    match idna::domain_to_unicode(domain) {
        (domain, Ok(())) => format!("{local}@{domain}"),
        (_, Err(_)) => text,
    }
}

/// A language that Licentia speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Reads `ru` or `en`.
    ///
    /// # Errors
    /// [`Fault::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "ru" => Ok(Self::Ru),
            "en" => Ok(Self::En),
            _ => Err(Fault::UnknownWord),
        }
    }

    /// `ru` or `en`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> CustomerForm {
        CustomerForm {
            name: "ООО «Ромашка»".into(),
            country: None,
            region: "Нижегородская область".into(),
            city: "Саров".into(),
            postal_code: "607190".into(),
            email: "it@romashka.example".into(),
            language: "ru".into(),
            places: 1,
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let bad = CustomerForm {
            name: " ".into(),
            city: "x".repeat(101),
            email: "a@b.example\r\nBcc: c@d.example".into(),
            places: 21,
            ..form()
        };
        let pointers: Vec<_> =
            bad.parse().unwrap_err().into_iter().map(|e| (e.pointer, e.fault.code())).collect();
        let expected = [
            ("/name", "empty"),
            ("/city", "too-long"),
            ("/email", "control-character"),
            ("/places", "out-of-range"),
        ];
        assert_eq!(pointers, expected.map(|(p, c)| (p.to_owned(), c)));
    }

    #[test]
    fn an_address_is_one_plain_address() {
        assert!(EmailAddress::parse("it@romashka.example").is_ok());
        for text in
            ["", "a", "a@", "a@b.c, d@e.f", "Name <a@b.example>", "a b@c.example", "а@б.рф\n"]
        {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_literal_is_no_address_to_write_to() {
        for text in ["a@[127.0.0.1]", "a@[IPv6:::1]", "a@[x]"] {
            assert_eq!(EmailAddress::parse(text), Err(Fault::NotAnEmailAddress), "{text}");
        }
    }

    #[test]
    fn a_domain_may_be_internationalized_and_is_kept_in_unicode() {
        for (typed, kept, sent) in [
            ("info@ромашка.рф", "info@ромашка.рф", "info@xn--80aa3agjl3d.xn--p1ai"),
            ("info@xn--80aa3agjl3d.xn--p1ai", "info@ромашка.рф", "info@xn--80aa3agjl3d.xn--p1ai"),
            ("it@müller.example", "it@müller.example", "it@xn--mller-kva.example"),
            ("it@mu\u{308}ller.example", "it@müller.example", "it@xn--mller-kva.example"),
            ("It@Romashka.example", "It@Romashka.example", "It@Romashka.example"),
        ] {
            let address = EmailAddress::parse(typed).unwrap();
            let sent_to = address.to_ascii();
            assert_eq!((address.as_str(), sent_to.as_deref()), (kept, Some(sent)), "{typed}");
        }
        for text in ["инфо@ромашка.рф", "info@-ромашка.рф", "info@ромашка..рф", "info@ром ашка.рф"]
        {
            assert_eq!(EmailAddress::parse(text), Err(Fault::NotAnEmailAddress), "{text}");
        }
    }

    #[test]
    fn a_customer_is_read_as_it_was_entered() {
        let details = form().parse().unwrap();
        let licensee = Licensee {
            name: "ООО «Ромашка»".into(),
            country: None,
            region: "Нижегородская область".into(),
            city: "Саров".into(),
            postal_code: "607190".into(),
        };
        assert_eq!(details.licensee, licensee);
        assert_eq!(details.email.as_str(), "it@romashka.example");
        assert_eq!((details.language, details.places), (Language::Ru, 1));
    }

    #[test]
    fn the_country_may_be_left_out() {
        let country = |text: Option<&str>| {
            let form = CustomerForm { country: text.map(Into::into), ..form() };
            form.parse().map(|details| details.licensee.country)
        };
        assert_eq!(country(None), Ok(None));
        assert_eq!(country(Some(" ")), Ok(None));
        assert_eq!(country(Some(" Россия ")), Ok(Some("Россия".into())));
        let too_long = Fault::TooLong { most: 100 }.at("/country");
        assert_eq!(country(Some(&"я".repeat(101))), Err(vec![too_long]));
    }

    #[test]
    fn a_customer_has_1_to_20_places() {
        for places in [1, 20] {
            assert!(CustomerForm { places, ..form() }.parse().is_ok(), "{places}");
        }
        for places in [i64::MIN, -1, 0, 21, i64::MAX] {
            let error = Fault::OutOfRange { least: 1, most: 20 }.at("/places");
            let parsed = CustomerForm { places, ..form() }.parse();
            assert_eq!(parsed, Err(vec![error]), "{places}");
        }
    }

    #[test]
    fn russian_and_english_are_spoken() {
        for (text, language) in [("ru", Language::Ru), ("en", Language::En)] {
            assert_eq!(Language::parse(text), Ok(language));
            assert_eq!((language.as_str(), language.to_string()), (text, text.to_owned()));
        }
        for text in ["", "RU", "de"] {
            assert_eq!(Language::parse(text), Err(Fault::UnknownWord), "{text}");
        }
    }
}
