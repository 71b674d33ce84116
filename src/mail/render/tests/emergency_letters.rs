//! The letters about emergency licenses, as they are read in both languages.

use super::*;

#[test]
fn an_emergency_license_says_until_when_and_what_to_do_by_then() {
    let letter = emergency_granted("ООО «Ромашка»", 2);
    assert_reads(
        &letter,
        Language::Ru,
        "«Экстренная» лицензия выдана: действует до 13.06.2014 14:00 МСК",
        "\
Вам выдана «экстренная» лицензия на 10 учётных записей

Заказчик: ООО «Ромашка»
Срок действия «экстренной» лицензии: 13.05.2014 14:00 МСК – 13.06.2014 14:00 МСК

Что изменилось

Учётные записи пользователей: 20 (без изменений)
«Экстренные» учётные записи: 0 → 10 до 13.06.2014 14:00 МСК

Что сделать

1. До 13.06.2014 14:00 МСК приобретите постоянную лицензию на требуемое количество \
пользователей: для этого свяжитесь с нами.
2. На остальных установках нажмите «Настройки → Обновить лицензию»: запросившая установка уже \
получила лицензию.

«Экстренная» лицензия предоставляется на условиях постоплаты: мы выставим Вам счёт.

Если не приобрести постоянную лицензию, с 13.06.2014 14:00 МСК «экстренные» учётные записи \
будут заблокированы, а запросить «экстренную» лицензию повторно станет невозможно. После \
оформления постоянной лицензии Вы вновь сможете воспользоваться «экстренной» лицензией в \
случае необходимости.
",
        SALES_RU,
    );
    assert_reads(
        &letter,
        Language::En,
        "Emergency license granted: valid until 13 Jun 2014 14:00 MSK",
        "\
You have been granted an emergency license for 10 user accounts

Customer: ООО «Ромашка»
Emergency license valid: 13 May 2014 14:00 MSK – 13 Jun 2014 14:00 MSK

What has changed

User accounts: 20 (unchanged)
Emergency accounts: 0 → 10 until 13 Jun 2014 14:00 MSK

What to do

1. By 13 Jun 2014 14:00 MSK, buy a permanent license for the number of users you need: please \
contact us.
2. On your other installations, press “Settings → Update license”: the one that asked already \
has the license.

The emergency license is post-paid: we will send you an invoice.

Without a permanent license, the emergency accounts will be blocked from 13 Jun 2014 14:00 \
MSK, and it will not be possible to request an emergency license again. After you have bought \
a permanent license, you can use an emergency license again when you need one.
",
        SALES_EN,
    );
}

#[test]
fn sales_learn_who_owes() {
    let letter = emergency_owed("ООО «Ромашка»");
    assert_reads(
        &letter,
        Language::Ru,
        "К оплате: «экстренная» лицензия, ООО «Ромашка»",
        "\
Заказчику выдана «экстренная» лицензия на 10 учётных записей

Заказчик: ООО «Ромашка»
Адрес: Россия, Нижегородская область, Саров, 607190
Электронная почта: it@romashka.example
Срок действия «экстренной» лицензии: 13.05.2014 14:00 МСК – 13.06.2014 14:00 МСК
Выдана по праву заказа: 2014-0513

Что изменилось

Учётные записи пользователей: 20 (без изменений)
«Экстренные» учётные записи: 0 → 10 до 13.06.2014 14:00 МСК

Что сделать

1. Выставьте заказчику счёт: «экстренная» лицензия предоставлена на условиях постоплаты.
2. Предложите заказчику постоянную лицензию на требуемое количество пользователей. Если он не \
приобретёт её до 13.06.2014 14:00 МСК, «экстренные» учётные записи будут заблокированы.
",
        "",
    );
    assert_reads(
        &letter,
        Language::En,
        "To be paid: emergency license, ООО «Ромашка»",
        "\
A customer has been granted an emergency license for 10 user accounts

Customer: ООО «Ромашка»
Address: Россия, Нижегородская область, Саров, 607190
E-mail: it@romashka.example
Emergency license valid: 13 May 2014 14:00 MSK – 13 Jun 2014 14:00 MSK
Granted by right of order: 2014-0513

What has changed

User accounts: 20 (unchanged)
Emergency accounts: 0 → 10 until 13 Jun 2014 14:00 MSK

What to do

1. Send the customer an invoice: the emergency license is post-paid.
2. Offer the customer a permanent license for the number of users needed. If it is not bought \
by 13 Jun 2014 14:00 MSK, the emergency accounts will be blocked.
",
        "",
    );
}
