//! What Licentia says to people, in Russian and English: Project Fluent texts, compiled in.
//!
//! The words stand in `locales/<language>/*.ftl`; both languages have the same ids, attributes and
//! variables (a test holds them to it). A dotted id names an attribute: `forbidden.detail`.
//!
//! Texts are plain: no mark-up, no escaping and no Unicode isolation marks. Whoever puts one on a
//! page or into an HTML mail escapes it there, and isolates names with `<bdi>`.

mod dates;
mod negotiation;

pub use dates::{date, date_time};
pub use negotiation::negotiate;

use crate::domain::customer::Language;
use crate::domain::field::Fault;
use crate::domain::purchase::MOST_TOTAL;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};

/// All texts in both languages, parsed once.
pub struct Texts {
    ru: Bundle,
    en: Bundle,
}

type Bundle = FluentBundle<FluentResource>;

/// What a text's variable stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arg<'a> {
    /// Shown as it is; a language cannot decline it.
    Text(&'a str),
    /// Shown in plain figures; chooses the plural form.
    Number(i64),
}

/// Why the compiled-in texts are not usable: a mistake in an `.ftl` file.
#[derive(Debug, thiserror::Error)]
#[error("{language}/{file}: {fault}")]
pub struct TextError {
    language: Language,
    file: &'static str,
    fault: String,
}

impl Texts {
    /// Parses the texts.
    ///
    /// # Errors
    /// The file, and what is wrong in it: its syntax, or an id that stands twice.
    pub fn new() -> Result<Self, TextError> {
        Ok(Self { ru: bundle(Language::Ru)?, en: bundle(Language::En)? })
    }

    /// The text with this id, in this language.
    ///
    /// An id that does not exist is shown in brackets, `⟦id⟧`, so that a page with a mistake in it
    /// is still a page.
    pub fn get(&self, language: Language, id: &str, args: &[(&str, Arg)]) -> String {
        self.format(language, id, args).unwrap_or_else(|_| format!("⟦{id}⟧"))
    }

    /// What is wrong with a field, in words.
    pub fn fault(&self, language: Language, fault: Fault) -> String {
        let number = |most: usize| Arg::Number(i64::try_from(most).unwrap_or(i64::MAX));
        let args: &[(&str, Arg)] = match fault {
            Fault::TooLong { most } => &[("most", number(most))],
            Fault::TooShort { fewest } => &[("fewest", number(fewest))],
            Fault::OutOfRange { least, most } => &[("least", least.into()), ("most", most.into())],
            Fault::TotalTooLarge => &[("most", MOST_TOTAL.into())],
            _ => &[],
        };
        self.get(language, &format!("fault-{}", fault.code()), args)
    }

    /// What an audit event says was done, in words: `purchase.recorded` is `audit-purchase-recorded`.
    pub fn action(&self, language: Language, action: &str) -> String {
        let id = format!("audit-{}", action.replace('.', "-"));
        if self.has(language, &id) { self.get(language, &id, &[]) } else { action.to_owned() }
    }

    /// Whether there is a text with this id.
    pub fn has(&self, language: Language, id: &str) -> bool {
        let (message, attribute) = split(id);
        self.bundle(language).get_message(message).is_some_and(|message| match attribute {
            None => message.value().is_some(),
            Some(attribute) => message.get_attribute(attribute).is_some(),
        })
    }

    /// The text, or what is missing for it.
    fn format(
        &self,
        language: Language,
        id: &str,
        args: &[(&str, Arg)],
    ) -> Result<String, Vec<FluentError>> {
        let (message, attribute) = split(id);
        let message = self.bundle(language).get_message(message).ok_or_else(Vec::new)?;
        let pattern = match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
        };
        let pattern = pattern.ok_or_else(Vec::new)?;
        let args: FluentArgs =
            args.iter().map(|(name, arg)| (*name, FluentValue::from(*arg))).collect();
        let mut errors = Vec::new();
        let text = self.bundle(language).format_pattern(pattern, Some(&args), &mut errors);
        if errors.is_empty() { Ok(text.into_owned()) } else { Err(errors) }
    }

    /// That an order number is taken, and by which purchase: its order number, its customer's name, its
    /// id. Typed text is isolated (U+2068, U+2069), so that it turns nothing else around.
    pub fn order_number_conflict(&self, language: Language, named: &[&str; 3]) -> String {
        let [order, customer, purchase] = named.map(|text| format!("\u{2068}{text}\u{2069}"));
        let args = [
            ("order", (&order).into()),
            ("customer", (&customer).into()),
            ("purchase", (&purchase).into()),
        ];
        let other = self.get(language, "order-number-conflict-other", &args);
        format!("{other} {}", self.get(language, "order-number-conflict.detail", &[]))
    }

    fn bundle(&self, language: Language) -> &Bundle {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<Arg<'a>> for FluentValue<'a> {
    fn from(arg: Arg<'a>) -> Self {
        match arg {
            Arg::Text(text) => FluentValue::from(text),
            Arg::Number(number) => FluentValue::from(number),
        }
    }
}

macro_rules! file {
    ($language:literal, $name:literal) => {
        (
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/", $language, "/", $name)),
        )
    };
}

const RU: &[(&str, &str)] = &[
    file!("ru", "problems.ftl"),
    file!("ru", "web.ftl"),
    file!("ru", "today.ftl"),
    file!("ru", "customers.ftl"),
    file!("ru", "customer.ftl"),
    file!("ru", "mails.ftl"),
    file!("ru", "audit.ftl"),
    file!("ru", "administration.ftl"),
    file!("ru", "sessions.ftl"),
    file!("ru", "print.ftl"),
    file!("ru", "notices.ftl"),
    file!("ru", "offline.ftl"),
    file!("ru", "items.ftl"),
    file!("ru", "mail.ftl"),
    file!("ru", "demo.ftl"),
];
const EN: &[(&str, &str)] = &[
    file!("en", "problems.ftl"),
    file!("en", "web.ftl"),
    file!("en", "today.ftl"),
    file!("en", "customers.ftl"),
    file!("en", "customer.ftl"),
    file!("en", "mails.ftl"),
    file!("en", "audit.ftl"),
    file!("en", "administration.ftl"),
    file!("en", "sessions.ftl"),
    file!("en", "print.ftl"),
    file!("en", "notices.ftl"),
    file!("en", "offline.ftl"),
    file!("en", "items.ftl"),
    file!("en", "mail.ftl"),
    file!("en", "demo.ftl"),
];

fn sources(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Ru => RU,
        Language::En => EN,
    }
}

fn bundle(language: Language) -> Result<Bundle, TextError> {
    let error = |file, fault| TextError { language, file, fault };
    let locale = language.as_str().parse().map_err(|fault| error("", format!("{fault}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    bundle.set_use_isolating(false);
    for (file, source) in sources(language) {
        let resource = FluentResource::try_new((*source).to_owned())
            .map_err(|(_, faults)| error(file, format!("{faults:?}")))?;
        bundle.add_resource(resource).map_err(|faults| error(file, format!("{faults:?}")))?;
    }
    Ok(bundle)
}

/// `message.attribute` as its two parts.
fn split(id: &str) -> (&str, Option<&str>) {
    id.split_once('.').map_or((id, None), |(message, attribute)| (message, Some(attribute)))
}

#[cfg(test)]
mod tests;
