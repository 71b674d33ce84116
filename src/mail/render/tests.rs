//! What holds of every letter. How each reads stands in `purchase_letters` and
//! `emergency_letters`.

mod emergency_letters;
mod notices;
mod purchase_letters;

use super::*;
use crate::domain::customer::{CustomerDetails, EmailAddress, Licensee};
use crate::domain::entitlements::Entitlements;
use crate::domain::ids::{CustomerId, GrantId};
use crate::domain::ledger::Grant;
use crate::domain::purchase::OrderNumber;
use crate::domain::{customer::Customer, emergency::one_month_after};
use crate::mail::letter::StatedKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;

const SALES_RU: &str = "Отдел продаж: sales@vendor.example\n";
const SALES_EN: &str = "Sales: sales@vendor.example\n";

/// A name that tries to be mark-up, and to turn the direction of what follows.
const HOSTILE: &str = "<script>alert(1)</script> & \u{202e}Ромашка";

#[test]
fn text_and_html_state_the_same() {
    for language in [Language::Ru, Language::En] {
        for letter in letters("ООО «Ромашка» & \"Co\"") {
            let mail = rendered(&letter, language);
            assert_eq!(words_of_text(&mail.text), words_of_html(&mail.html), "{letter:?}");
        }
    }
}

#[test]
fn every_text_of_a_letter_exists() {
    for language in [Language::Ru, Language::En] {
        for letter in letters("ООО «Ромашка»") {
            let mail = rendered(&letter, language);
            assert!(!mail.subject.contains('⟦') && !mail.text.contains('⟦'), "{}", mail.text);
        }
    }
}

#[test]
fn a_hostile_name_is_inert_in_html_and_whole_in_text() {
    for letter in letters(HOSTILE) {
        let mail = rendered(&letter, Language::Ru);
        assert!(mail.text.contains(&format!("Заказчик: {HOSTILE}\n")), "{}", mail.text);
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        let isolated = "<bdi>&#60;script&#62;alert(1)&#60;/script&#62; &#38; \u{202e}Ромашка</bdi>";
        assert!(mail.html.contains(isolated), "{}", mail.html);
        let name_in_body = mail.html.split("<body").nth(1).unwrap().replace(isolated, "");
        assert!(!name_in_body.contains('\u{202e}'), "only isolated: {}", mail.html);
    }
}

#[test]
fn a_line_break_in_a_name_is_refused() {
    for name in ["Acme\r\nBcc: all@example.com", "Acme\n.\n", "Acme\0", "Acme\u{2028}x", "a\u{85}b"]
    {
        for letter in letters(name) {
            let result = render(&letter, Language::En, &sender(), &Texts::new().unwrap());
            assert!(matches!(result, Err(RenderError::ControlCharacter(_))), "{result:?}");
        }
    }
}

#[test]
fn html_fetches_nothing() {
    for letter in letters("Acme") {
        let html = rendered(&letter, Language::En).html;
        for word in ["<img", "<link", "src=", "href=", "url(", "@import", "<iframe", "<script"] {
            assert!(!html.contains(word), "{word}");
        }
    }
}

#[test]
fn what_was_never_held_is_not_mentioned() {
    let mail = rendered(&license_ready("Acme", None), Language::En);
    assert!(mail.text.contains("User accounts: 0 → 20\n"), "{}", mail.text);
    assert!(!mail.text.contains("External connections"), "{}", mail.text);
    assert!(!mail.text.contains("Emergency"), "{}", mail.text);
}

#[test]
fn one_installation_has_no_others() {
    let mail = rendered(&emergency_granted("Acme", 1), Language::En);
    assert!(!mail.text.contains("other installations"), "{}", mail.text);
    let mail = rendered(&license_ready("Acme", Some("A")), Language::En);
    assert!(mail.text.contains("The key is good for one installation."), "{}", mail.text);
}

#[test]
fn a_letter_that_staff_look_at_has_words_in_place_of_the_key() {
    let Letter::LicenseReady { customer, order_number, before, after, .. } =
        license_ready("Acme", None)
    else {
        panic!("it is another letter");
    };
    let activation_key = Some(StatedKey::Withheld);
    let letter = Letter::LicenseReady { customer, order_number, before, after, activation_key };
    let mail = rendered(&letter, Language::En);
    let words = "Activation key: (the key itself stands only in the mail that is sent)\n";
    assert!(mail.text.contains(words), "{}", mail.text);
}

#[test]
fn a_test_mail_asks_for_nothing() {
    let text = "Test mail

An administrator of the license server is checking whether mails arrive. Since you are reading \
this, they do. Nothing is to be done.
";
    assert_reads(&Letter::Test, Language::En, "Test mail", text, SALES_EN);
    let mail = rendered(&Letter::Test, Language::Ru);
    assert_eq!(words_of_text(&mail.text), words_of_html(&mail.html));
    assert!(!mail.html.contains("<h2"), "{}", mail.html);
}

/// That a letter has this subject and this plain text, above the lines of the sender.
#[track_caller]
fn assert_reads(letter: &Letter, language: Language, subject: &str, body: &str, sales: &str) {
    let mail = rendered(letter, language);
    let server = match language {
        Language::Ru => "Сервер лицензий",
        Language::En => "License server",
    };
    let from = format!("-- \nVendor\n{sales}{server}: https://licenses.vendor.example\n");
    assert_eq!(mail.subject, subject);
    assert_eq!(mail.text, format!("{body}\n{from}"), "got:\n{}", mail.text);
}

fn rendered(letter: &Letter, language: Language) -> Rendered {
    render(letter, language, &sender(), &Texts::new().unwrap()).unwrap()
}

fn letters(customer_name: &str) -> [Letter; 5] {
    [
        license_ready(customer_name, Some("ABCDEFGHIJKLMNOPQRSTUVWX23")),
        license_ready(customer_name, None),
        purchase_voided(customer_name),
        emergency_granted(customer_name, 2),
        emergency_owed(customer_name),
    ]
}

fn license_ready(customer_name: &str, activation_key: Option<&str>) -> Letter {
    Letter::LicenseReady {
        customer: customer(customer_name, 1),
        order_number: OrderNumber::stored("2014-0513".into()),
        before: Entitlements::default(),
        after: held(20, 0, Some("2014-10-31")),
        activation_key: activation_key.map(|key| StatedKey::Itself(key.to_owned())),
    }
}

fn purchase_voided(customer_name: &str) -> Letter {
    Letter::PurchaseVoided {
        customer: customer(customer_name, 2),
        order_number: OrderNumber::stored("2014-0701".into()),
        reason: "Введена дважды".into(),
        before: Entitlements { emergency: Some(grant()), ..held(30, 5, Some("2014-10-31")) },
        after: Entitlements { emergency: Some(grant()), ..held(20, 5, None) },
    }
}

fn emergency_granted(customer_name: &str, places: i64) -> Letter {
    let customer = customer(customer_name, places);
    Letter::EmergencyGranted { customer, grant: grant(), user_accounts: 20 }
}

fn emergency_owed(customer_name: &str) -> Letter {
    let customer = customer(customer_name, 1);
    Letter::EmergencyOwed { customer, grant: grant(), user_accounts: 20 }
}

fn customer(name: &str, places: i64) -> Customer {
    Customer {
        id: CustomerId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        details: CustomerDetails {
            licensee: Licensee {
                name: name.into(),
                country: Some("Россия".into()),
                region: "Нижегородская область".into(),
                city: "Саров".into(),
                postal_code: "607190".into(),
            },
            email: EmailAddress::parse("it@romashka.example").unwrap(),
            language: Language::Ru,
            places,
        },
        activation_generation: 1,
        activation_secret: 1,
        version: 1,
        created_at: granted_at(),
    }
}

fn held(user_accounts: i64, external_connections: i64, support: Option<&str>) -> Entitlements {
    let support_until = support.map(|day| day.parse().unwrap());
    Entitlements { user_accounts, external_connections, support_until, emergency: None }
}

fn grant() -> Grant {
    Grant {
        id: GrantId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        number: 2,
        accounts: 10,
        from: granted_at(),
        until: one_month_after(granted_at(), &sender().time_zone),
        spent_order: OrderNumber::stored("2014-0513".into()),
    }
}

fn granted_at() -> Timestamp {
    "2014-05-13T10:00:00Z".parse().unwrap()
}

fn sender() -> Sender {
    Sender {
        vendor_name: "Vendor".into(),
        server_url: "https://licenses.vendor.example".into(),
        sales_address: Some(EmailAddress::parse("sales@vendor.example").unwrap()),
        time_zone: TimeZone::get("Europe/Moscow").unwrap(),
    }
}

/// The words of the plain text, without what HTML draws: numbers of steps, colons after labels.
fn words_of_text(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| *line != "-- ");
    let lines = lines.map(|line| {
        let numbered = line.split_once(". ");
        numbered.map_or(line, |(n, step)| if n.parse::<u8>().is_ok() { step } else { line })
    });
    words(&lines.collect::<Vec<_>>().join(" "))
}

/// The words that HTML shows.
fn words_of_html(html: &str) -> Vec<String> {
    let body = html.split_once("<body").unwrap().1;
    let shown: String =
        body.split('<').map(|part| part.split_once('>').unwrap().1.to_owned() + " ").collect();
    let entities =
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    words(&entities.iter().fold(shown, |text, (entity, plain)| text.replace(entity, plain)))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(|word| word.trim_end_matches(':').to_owned()).collect()
}
