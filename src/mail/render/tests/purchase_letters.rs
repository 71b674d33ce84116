//! The letters about purchases, as they are read in both languages.

use super::*;

#[test]
fn the_first_mail_carries_the_activation_key() {
    let letter = license_ready("ООО «Ромашка»", Some("ABCDEFGHIJKLMNOPQRSTUVWX23"));
    assert_reads(
        &letter,
        Language::Ru,
        "Ваша лицензия готова: заказ 2014-0513",
        "\
Ваша лицензия готова

Заказчик: ООО «Ромашка»
Заказ: 2014-0513

Что изменилось

Учётные записи пользователей: 0 → 20
Техническая поддержка: лицензия на поддержку отсутствует → до 31.10.2014

Что сделать

1. Активируйте продукт: введите в нём адрес сервера лицензий и ключ активации, указанные \
ниже.
2. Если продукт уже активирован, нажмите «Настройки → Обновить лицензию».

Адрес сервера лицензий: https://licenses.vendor.example
Ключ активации: ABCD-EFGH-IJKL-MNOP-QRST-UVWX-23
Регистр букв, пробелы и дефисы в ключе не важны. Ключ подходит для одной установки. Сохраните \
его: он понадобится при переносе продукта на другой сервер. Не передавайте его посторонним.

Для активации продукт должен быть подключён к интернету. Если подключения нет, свяжитесь с \
нами.
",
        SALES_RU,
    );
    assert_reads(
        &letter,
        Language::En,
        "Your license is ready: order 2014-0513",
        "\
Your license is ready

Customer: ООО «Ромашка»
Order: 2014-0513

What has changed

User accounts: 0 → 20
Support: no license for support → until 31 Oct 2014

What to do

1. Activate the product: enter the license server's address and the activation key given \
below.
2. If the product is already activated, press “Settings → Update license”.

Address of the license server: https://licenses.vendor.example
Activation key: ABCD-EFGH-IJKL-MNOP-QRST-UVWX-23
Upper and lower case, spaces and dashes in the key make no difference. The key is good for \
one installation. Keep it: you will need it to move the product to another machine. Do not \
show it to strangers.

To be activated, the product must be connected to the internet. If it has no connection, \
please contact us.
",
        SALES_EN,
    );
}

#[test]
fn a_later_purchase_tells_what_changed_and_where_to_press() {
    let letter = renewed();
    assert_reads(
        &letter,
        Language::Ru,
        "Ваша лицензия готова: заказ 2014-0701",
        "\
Ваша лицензия готова

Заказчик: ООО «Ромашка»
Заказ: 2014-0701

Что изменилось

Учётные записи пользователей: 20 → 30
Внешние подключения (1С): 0 → 5
Техническая поддержка: до 31.10.2014 → до 31.10.2015
«Экстренные» учётные записи: 10 до 13.06.2014 14:00 МСК (без изменений)

Что сделать

В продукте откройте «Тех. поддержка → Лицензионная информация» и нажмите «Настройки → \
Обновить лицензию».

Для обновления продукт должен быть подключён к интернету. Если подключения нет, свяжитесь с \
нами.
",
        SALES_RU,
    );
    assert_reads(
        &letter,
        Language::En,
        "Your license is ready: order 2014-0701",
        "\
Your license is ready

Customer: ООО «Ромашка»
Order: 2014-0701

What has changed

User accounts: 20 → 30
External connections: 0 → 5
Support: until 31 Oct 2014 → until 31 Oct 2015
Emergency accounts: 10 until 13 Jun 2014 14:00 MSK (unchanged)

What to do

In the product, open “Support → License information” and press “Settings → Update license”.

To update, the product must be connected to the internet. If it has no connection, please \
contact us.
",
        SALES_EN,
    );
}

#[test]
fn a_void_says_why_and_what_is_left() {
    let letter = purchase_voided("ООО «Ромашка»");
    assert_reads(
        &letter,
        Language::Ru,
        "Покупка аннулирована: заказ 2014-0701",
        "\
Ваша покупка аннулирована

Заказчик: ООО «Ромашка»
Заказ: 2014-0701
Причина: Введена дважды

Что изменилось

Учётные записи пользователей: 30 → 20
Внешние подключения (1С): 5 (без изменений)
Техническая поддержка: до 31.10.2014 → лицензия на поддержку отсутствует
«Экстренные» учётные записи: 10 до 13.06.2014 14:00 МСК (без изменений)

Что сделать

На каждой установке откройте «Тех. поддержка → Лицензионная информация» и нажмите «Настройки \
→ Обновить лицензию».

Для обновления продукт должен быть подключён к интернету. Если подключения нет, свяжитесь с \
нами.

Если это ошибка, свяжитесь с нами.
",
        SALES_RU,
    );
    assert_reads(
        &letter,
        Language::En,
        "Purchase voided: order 2014-0701",
        "\
Your purchase has been voided

Customer: ООО «Ромашка»
Order: 2014-0701
Reason: Введена дважды

What has changed

User accounts: 30 → 20
External connections: 5 (unchanged)
Support: until 31 Oct 2014 → no license for support
Emergency accounts: 10 until 13 Jun 2014 14:00 MSK (unchanged)

What to do

On each installation, open “Support → License information” and press “Settings → Update \
license”.

To update, the product must be connected to the internet. If it has no connection, please \
contact us.

If this is a mistake, please contact us.
",
        SALES_EN,
    );
}

fn renewed() -> Letter {
    Letter::LicenseReady {
        customer: customer("ООО «Ромашка»", 1),
        order_number: OrderNumber::stored("2014-0701".into()),
        before: Entitlements { emergency: Some(grant()), ..held(20, 0, Some("2014-10-31")) },
        after: Entitlements { emergency: Some(grant()), ..held(30, 5, Some("2015-10-31")) },
        activation_key: None,
    }
}
