use crate::domain::customer::Language;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

/// How much work one agreement may make, in the engine's steps: a template that loops ends.
const FUEL: u64 = 500_000;

/// The text of the license agreement in both languages: a template that the vendor may replace.
///
/// It is no part of the program, so nothing in it opens a door: there are no other templates to
/// include, all that is put in is escaped, and a name that does not exist is a fault, not a gap.
pub struct Agreement {
    templates: Environment<'static>,
    russian: String,
    english: String,
}

/// A template of the agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The file, for whoever has to mend it.
    pub file: String,
    /// What stands in it.
    pub text: String,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {text}")]
pub struct AgreementError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub text: String,
}

impl Agreement {
    /// The agreement in the vendor's words.
    ///
    /// # Errors
    /// A template that is not well-formed.
    pub fn new(russian: Wording, english: Wording) -> Result<Self, AgreementError> {
        let (ru, en) = (russian.file.clone(), english.file.clone());
        let mut templates = Environment::new();
        templates.set_debug(true);
        templates.set_fuel(Some(FUEL));
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_formatter(escaped);
        templates.remove_filter("safe");
        for wording in [russian, english] {
            let file = wording.file.clone();
            let added = templates.add_template_owned(wording.file, wording.text);
            added.map_err(|error| fault(&file, &error))?;
        }
        Ok(Self { templates, russian: ru, english: en })
    }

    /// The agreement in the words that come with the program.
    ///
    /// # Errors
    /// A template that is not well-formed.
    pub fn built_in() -> Result<Self, AgreementError> {
        let wording = |file: &str, text: &str| Wording { file: file.into(), text: text.into() };
        Self::new(
            wording(
                "agreement.ru.html",
                include_str!("../../../templates/agreement/agreement.ru.html"),
            ),
            wording(
                "agreement.en.html",
                include_str!("../../../templates/agreement/agreement.en.html"),
            ),
        )
    }

    /// The agreement with these facts in it, as HTML.
    pub(super) fn filled_in(
        &self,
        language: Language,
        facts: &impl Serialize,
    ) -> Result<String, AgreementError> {
        let file = match language {
            Language::Ru => &self.russian,
            Language::En => &self.english,
        };
        let template = self.templates.get_template(file);
        let facts = Value::from(Serde(facts));
        template.and_then(|template| template.render(facts)).map_err(|error| fault(file, &error))
    }
}

/// Escapes whatever is put in, whether or not a template has switched that off; what is absent
/// leaves nothing.
fn escaped(out: &mut Output, _: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    if value.is_none() {
        Ok(())
    } else if value.is_safe() {
        Ok(write!(out, "{value}")?)
    } else {
        Ok(write!(out, "{}", HtmlEscape(&value.to_string()))?)
    }
}

fn fault(file: &str, error: &minijinja::Error) -> AgreementError {
    let text = error
        .detail()
        .map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    AgreementError { file: file.to_owned(), line: error.line().unwrap_or(1), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn agreement(russian: &str) -> Result<Agreement, AgreementError> {
        let wording = |file: &str, text: &str| Wording { file: file.into(), text: text.into() };
        Agreement::new(wording("/etc/agreement.ru.html", russian), wording("en", "x"))
    }

    fn filled_in(template: &str, facts: &Value) -> Result<String, AgreementError> {
        agreement(template)?.filled_in(Language::Ru, facts)
    }

    #[test]
    fn what_is_put_in_stays_text_whatever_the_template_does() {
        let facts = json!({"name": "<script>alert(1)</script>\"'&"});
        let inert = "&lt;script&gt;alert(1)&lt;&#x2f;script&gt;&quot;&#x27;&amp;";
        for template in [
            "{{ name }}",
            "{% autoescape false %}{{ name }}{% endautoescape %}",
            "{% set a %}{{ name }}{% endset %}{{ a }}",
            "{% set a = name %}{{ a }}",
            "{{ name|escape }}",
        ] {
            assert_eq!(filled_in(template, &facts).unwrap(), inert, "{template}");
        }
        let captured =
            "{% autoescape false %}{% set a %}{{ name }}{% endset %}{% endautoescape %}{{ a }}";
        assert!(!filled_in(captured, &facts).unwrap().contains('<'));
    }

    #[test]
    fn a_template_that_is_not_well_formed_is_told_with_its_file_and_line() {
        for (template, line, part) in [
            ("<h1>\n{{ number }", 2, "syntax error"),
            ("\n\n{% if number %}", 3, "syntax error"),
            ("{% include 'x' %}", 1, "unknown statement include"),
            ("{% extends '/etc/passwd' %}", 1, "unknown statement extends"),
        ] {
            let fault = agreement(template).err().unwrap();
            assert_eq!(fault.file, "/etc/agreement.ru.html");
            assert_eq!(fault.line, line, "{template}: {fault}");
            assert!(fault.text.contains(part), "{template}: {fault}");
        }
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_and_leaves_no_gap() {
        let facts = json!({"licensee": {"name": "x"}, "country": null});
        for (template, part) in [
            ("a\n{{ naem }}", "naem"),
            ("a\n{{ licensee.naem }}", "licensee.naem"),
            ("a\n{{ licensee.naem.first }}", "licensee.naem"),
            ("a\n{% if naem %}{% endif %}", "naem"),
            ("a\n{{ licensee.name|safe }}", "safe"),
        ] {
            let fault = filled_in(template, &facts).err().unwrap();
            assert_eq!(fault.line, 2, "{template}: {fault}");
            assert!(fault.text.contains(part), "{template}: {fault}");
        }
        assert_eq!(filled_in("[{{ country }}]", &facts).unwrap(), "[]", "absent is no fault");
    }

    #[test]
    fn a_template_that_never_ends_is_stopped() {
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(filled_in(endless, &json!({})).err().unwrap().text.contains("fuel"));
    }

    #[test]
    fn the_built_in_agreement_says_what_was_bought() {
        let agreement = Agreement::built_in().unwrap();
        let bare = json!({
            "vendor": "Вектор", "user_accounts": 20, "external_connections": 5,
            "licensee": {"name": "ООО «Ромашка»", "country": null, "region": "r", "city": "c",
                "postal_code": "607190", "address": "r, c, 607190"},
            "support_until": null, "emergency": null, "number": "lic_1", "seq": 7,
            "issued_at": "13.05.2014 14:00 МСК", "fingerprint": "abc", "today": "14.05.2014",
            "check_url": "https://x.example/check/lic_1", "is_current": true,
        });
        let mut full = bare.clone();
        full["support_until"] = "31.10.2014".into();
        full["emergency"] = json!({"accounts": 3, "from": "13.05", "until": "13.06"});
        for language in [Language::Ru, Language::En] {
            let text = agreement.filled_in(language, &bare).unwrap();
            for part in ["Вектор", "ООО «Ромашка»", "607190", ">20<", ">5<", "lic_1", "14:00"]
            {
                assert!(text.contains(part), "{language}: {part}");
            }
            let text = agreement.filled_in(language, &full).unwrap();
            for part in ["31.10.2014", ">3<", "13.06"] {
                assert!(text.contains(part), "{language}: {part}");
            }
        }
    }
}
