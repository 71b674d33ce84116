//! What each mail says, to whom, in which language.

use super::{headers, parsed, rows, wait_for_row};
use crate::support::{
    Caught, Customer, Database, TestOffice, accounts, catcher, connections, order_of, support,
};
use mail_parser::MessageParser;
use serde_json::json;
use std::time::Duration;

on_both_databases! {
    fn a_license_ready_mail_says_what_changed_and_only_the_first_has_the_key(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let first = [accounts(20), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &first)).expect(201);
        let mail = &catcher().wait_for(&customer.email, 1)[0];
        assert_eq!(mail.subject, "Ваша лицензия готова: заказ 2014-0513");
        assert_says(mail, &[
            "Ваша лицензия готова\n",
            "Заказчик: ООО «Ромашка»\n",
            "Заказ: 2014-0513\n",
            "Учётные записи пользователей: 0 → 20\n",
            "Техническая поддержка: лицензия на поддержку отсутствует → до 31.10.2014\n",
            "нажмите «Настройки → Обновить лицензию»",
            "Адрес сервера лицензий: https://licenses.vendor.example\n",
            "Ключ подходит для 2 установок одновременно.",
            &format!("Отдел продаж: {}\n", office.sales_address),
            "Orange Software\n",
        ]);
        assert!(mail.text.replace('-', "").contains(&customer.activation_key), "{}", mail.text);

        let second = [accounts(10), connections(5)];
        office.buy(&customer, &order_of("2014-0514", &second)).expect(201);
        let mail = &catcher().wait_for(&customer.email, 2)[1];
        assert_eq!(mail.subject, "Ваша лицензия готова: заказ 2014-0514");
        assert_says(mail, &[
            "Учётные записи пользователей: 20 → 30\n",
            "Внешние подключения (1С): 0 → 5\n",
            "Техническая поддержка: до 31.10.2014 (без изменений)\n",
            "На каждой установке откройте «Тех. поддержка → Лицензионная информация» \
             и нажмите «Настройки → Обновить лицензию».",
        ]);
        assert_has_no_key(mail, &customer);
    }

    fn a_void_is_told_with_its_reason_and_what_is_left(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let wrong = office.purchase(&customer, "2014-0514", 10);
        let reason = json!({"reason": "Введена <дважды> & по ошибке"});
        office.api.post(&format!("/purchases/{wrong}/void"), &reason).expect(201);
        let mail = &catcher().wait_for(&customer.email, 3)[2];
        assert_eq!(mail.subject, "Покупка аннулирована: заказ 2014-0514");
        assert_says(mail, &[
            "Причина: Введена <дважды> & по ошибке\n",
            "Учётные записи пользователей: 30 → 20\n",
            "нажмите «Настройки → Обновить лицензию»",
            "Если это ошибка, свяжитесь с нами.",
        ]);
        assert_has_no_key(mail, &customer);
    }

    fn an_emergency_is_told_to_the_customer_and_to_sales(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        office.purchase(&customer, "2014-0513", 20);
        office.activated(&customer, "pbx-1").emergency(10).unwrap();
        let mail = &catcher().wait_for(&customer.email, 2)[1];
        assert_eq!(mail.subject, "«Экстренная» лицензия выдана: действует до 13.06.2014 14:00 МСК");
        assert_says(mail, &[
            "Вам выдана «экстренная» лицензия на 10 учётных записей\n",
            "Срок действия «экстренной» лицензии: 13.05.2014 14:00 МСК – 13.06.2014 14:00 МСК\n",
            "«Экстренные» учётные записи: 0 → 10 до 13.06.2014 14:00 МСК\n",
            "На остальных установках нажмите «Настройки → Обновить лицензию»",
            "на условиях постоплаты",
        ]);
        let owed = &catcher().wait_for(&office.sales_address, 1)[0];
        assert_eq!(owed.recipients, [office.sales_address.as_str()]);
        assert_eq!(owed.subject, "К оплате: «экстренная» лицензия, ООО «Ромашка»");
        assert_says(owed, &[
            "Адрес: Россия, Нижегородская область, Саров, 607190\n",
            &format!("Электронная почта: {}\n", customer.email),
            "Выдана по праву заказа: 2014-0513\n",
            "Выставьте заказчику счёт",
        ]);
        for mail in [mail, owed] {
            assert_has_no_key(mail, &customer);
        }
    }

    fn a_purchase_entered_without_notice_sends_no_mail_and_the_first_sent_has_the_key(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut silent = order_of("2013-0001", &[accounts(20)]);
        silent["notify"] = json!(false);
        office.buy(&customer, &silent).expect(201);
        assert_eq!(rows(&office, &customer), [] as [serde_json::Value; 0]);
        office.purchase(&customer, "2014-0513", 10);
        let mails = catcher().wait_for(&customer.email, 1);
        assert_eq!(mails[0].subject, "Ваша лицензия готова: заказ 2014-0513");
        assert_says(&mails[0], &["Учётные записи пользователей: 20 → 30\n"]);
        assert!(mails[0].text.replace('-', "").contains(&customer.activation_key));
    }
}

#[test]
fn an_english_customer_and_english_sales_are_written_to_in_english() {
    let english = |settings: &mut licentia::config::Settings| {
        settings.sales_language = Some("en".into());
    };
    let office = TestOffice::start_with(Database::Sqlite, english);
    let customer = office.customer_with(&json!({"language": "en"}));
    let items = [accounts(20), support("2014-10-31")];
    office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
    office.activated(&customer, "pbx-1").emergency(1).unwrap();
    let mails = catcher().wait_for(&customer.email, 2);
    assert_eq!(mails[0].subject, "Your license is ready: order 2014-0513");
    assert_says(
        &mails[0],
        &[
            "Customer: ООО «Ромашка»\n",
            "Support: no license for support → until 31 Oct 2014\n",
            "press “Settings → Update license”",
            "The key is good for one installation.",
        ],
    );
    assert_eq!(mails[1].subject, "Emergency license granted: valid until 13 Jun 2014 14:00 MSK");
    assert_says(&mails[1], &["an emergency license for 1 user account\n"]);
    let owed = &catcher().wait_for(&office.sales_address, 1)[0];
    assert_eq!(owed.subject, "To be paid: emergency license, ООО «Ромашка»");
    for mail in mails.iter().chain([owed]) {
        assert!(mail.html.contains("<html lang=\"en\">"));
        let text = mail.text.replace("ООО «Ромашка»", "").replace("Россия", "");
        let text = text.replace("Нижегородская область", "").replace("Саров", "");
        assert!(text.is_ascii() || !text.chars().any(|c| ('а'..='я').contains(&c)), "{text}");
    }
}

#[test]
fn russian_counts_accounts_in_its_three_forms() {
    let office = TestOffice::start(Database::Sqlite);
    for (count, form) in [
        (1, "1 учётную запись"),
        (2, "2 учётные записи"),
        (4, "4 учётные записи"),
        (5, "5 учётных записей"),
        (10, "10 учётных записей"),
    ] {
        let customer = office.customer();
        office.purchase(&customer, &format!("plural-{count}"), 1);
        office.activated(&customer, &format!("pbx-{count}")).emergency(count).unwrap();
        let mail = &catcher().wait_for(&customer.email, 2)[1];
        let heading = format!("Вам выдана «экстренная» лицензия на {form}\n");
        assert!(mail.text.starts_with(&heading), "{}", mail.text);
    }
}

#[test]
fn a_mail_names_its_sender_its_time_and_that_no_person_wrote_it() {
    let office = TestOffice::start(Database::Sqlite);
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    let mail = &catcher().wait_for(&customer.email, 1)[0];
    let message = parsed(mail);
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Vendor"), Some("licenses@vendor.example")));
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some(customer.email.as_str()));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2014-05-13T10:00:00Z");
    assert_eq!(headers(&message, "Auto-Submitted"), ["auto-generated"]);
    let id = rows(&office, &customer)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(mail.message_id, format!("{id}@vendor.example"));
    assert_eq!(message.parts.len(), 3, "an alternative of two");
    for part in ["text/plain; charset=utf-8", "text/html; charset=utf-8"] {
        let raw = String::from_utf8(mail.raw.clone()).unwrap();
        assert!(raw.contains(&format!("Content-Type: {part}")), "{raw}");
    }
}

#[test]
fn mails_written_to_files_are_mails() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("made/by/the/server");
    let url = format!("file:{}", dir.display());
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(url));
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    office.activated(&customer, "pbx-1").emergency(3).unwrap();
    let files = || -> Vec<_> {
        let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect()
    };
    for _ in 0..100 {
        if files().len() == 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut subjects = Vec::new();
    for file in files() {
        let raw = std::fs::read(file).unwrap();
        let message = MessageParser::default().parse(&raw).unwrap();
        assert!(message.body_text(0).is_some() && message.body_html(0).is_some());
        assert_eq!(message.date().unwrap().to_rfc3339(), "2014-05-13T10:00:00Z");
        let text = String::from_utf8(raw.clone()).unwrap();
        assert!(text.contains("Content-Transfer-Encoding: 8bit"), "{text}");
        assert!(text.contains("ООО «Ромашка»") && text.contains("</html>"), "readable: {text}");
        subjects.push(message.subject().unwrap().to_owned());
    }
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "«Экстренная» лицензия выдана: действует до 13.06.2014 14:00 МСК",
            "Ваша лицензия готова: заказ 2014-0513",
            "К оплате: «экстренная» лицензия, ООО «Ромашка»",
        ]
    );
}

#[test]
fn a_folder_of_mails_that_was_removed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("mail");
    let url = format!("file:{}", dir.display());
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(url));
    std::fs::remove_dir(&dir).unwrap();
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    wait_for_row(&office, &customer, "sent", |row| row["state"] == "sent");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
}

/// That the text says all this, and the HTML the same words.
#[track_caller]
fn assert_says(mail: &Caught, sentences: &[&str]) {
    let html = shown(&mail.html);
    for sentence in sentences {
        assert!(mail.text.contains(sentence), "{sentence:?} is not in:\n{}", mail.text);
        let words = sentence.trim().replace(": ", " ");
        assert!(html.contains(&words), "{words:?} is not in the HTML:\n{html}");
    }
}

/// What a reader of the HTML sees, with the colons after labels left out.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1;
    let text: String = body
        .split('<')
        .map(|part| part.split_once('>').unwrap().1)
        .fold(String::new(), |shown, part| shown + " " + part);
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#38;", "&")];
    let text = entities.iter().fold(text, |text, (entity, plain)| text.replace(entity, plain));
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(": ", " ")
}

#[track_caller]
fn assert_has_no_key(mail: &Caught, customer: &Customer) {
    for part in [&mail.text, &mail.html] {
        assert!(!part.replace('-', "").contains(&customer.activation_key), "{part}");
        assert!(!part.contains("Ключ активации"), "{part}");
    }
}
