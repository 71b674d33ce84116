### Журнал событий.

## Что сделано: «audit-» и слово события, в котором вместо точки дефис

audit-activation-key-renewed = Выдан новый ключ активации
audit-customer-changed = Изменены данные заказчика
audit-customer-created = Внесён заказчик
audit-emergency-granted = Выдана «экстренная» лицензия
audit-installation-activated = Активирована установка
audit-installation-clone-suspected = Замечен возможный клон установки
audit-installation-found-in-order = Возможный клон признан в порядке
audit-installation-released = Освобождено место установки
audit-installation-replaced = Место установки заняла другая
audit-integrity-accepted = Изменённые записи приняты
audit-integrity-alarm = Записи изменены в обход Licentia
audit-key-rotated = Сменён ключ выпуска
audit-license-reissued = Лицензия выпущена заново
audit-mail-resent = Письмо отправлено заново
audit-mail-retried = Письмо отправлено повторно
audit-office-set-up = Сервер лицензий настроен
audit-purchase-recorded = Записана покупка
audit-purchase-voided = Аннулирована покупка
audit-request-handed-in = Подан запрос установки
audit-root-detached = Корневой ключ убран с сервера
audit-settings-changed = Изменены настройки
audit-settings-mail-tried = Отправлено тестовое письмо
audit-staff-added = Добавлен сотрудник
audit-staff-disabled = Сотруднику закрыт вход
audit-staff-email-changed = Изменён адрес для уведомлений
audit-staff-enabled = Сотруднику снова открыт вход
audit-staff-password-changed = Сменён пароль
audit-staff-recovery-codes-renewed = Выданы новые коды восстановления
audit-staff-renamed = Изменено имя сотрудника
audit-staff-role-changed = Изменена роль сотрудника
audit-staff-second-factor-confirmed = Подключён второй фактор
audit-staff-second-factor-reset = Сброшен второй фактор
audit-staff-sign-in-slowed = Вход приостановлен после неудачных попыток
audit-staff-signed-in = Вход
audit-staff-signed-out-elsewhere = Завершены остальные сеансы
audit-secret-rotated = Заменён секрет
audit-token-created = Создан токен
audit-token-revoked = Отозван токен
audit-token-rotated = Заменён токен

## Страница

nav-audit = Журнал
audit-title = Журнал
audit-export = Скачать CSV
audit-filter = Отбор событий
audit-show = Показать
audit-all = весь журнал
audit-none = Событий ещё нет.
audit-not-found = Таких событий нет. Расширьте отбор или проверьте, как записаны имя и даты.
audit-when = Когда
audit-who = Кто
audit-what = Что
audit-changed = Было → стало
audit-members = { $count ->
    [one] { $count } поле
    [few] { $count } поля
   *[other] { $count } полей
}
audit-older = Более ранние
audit-any-action = любое
audit-yes = да
audit-no = нет
audit-of-customer = Весь журнал заказчика
field-by = Кто: имя или токен
field-action = Действие
field-customer = Заказчик: слова или id
audit-from = С
audit-to = По
audit-csv-time = Время (UTC)
audit-csv-by = Кто
audit-csv-action = Событие
audit-csv-words = Что
audit-csv-subject = С чем
audit-csv-customer-id = Id заказчика
audit-csv-customer = Заказчик
audit-csv-before = Было
audit-csv-after = Стало

## Что изменилось

audit-member-accounts = учётных записей
audit-member-addresses = разрешённые адреса
audit-member-activated-at = активирована
audit-member-cause = причина
audit-member-city = город
audit-member-confirmed = подтверждён
audit-member-country = страна
audit-member-created-at = создано
audit-member-customer = заказчик
audit-member-disabled-at = вход закрыт
audit-member-email = эл. почта
audit-member-expires-at = действует до
audit-member-external-connections = внешние подключения
audit-member-findings = расхождения
audit-member-from = с
audit-member-full-name = имя
audit-member-generation = номер
audit-member-granted-at = выдана
audit-member-issuer = адрес сервера
audit-member-language = язык
audit-member-mail-from = отправитель писем
audit-member-mail-url = почтовый сервер
audit-member-moves-per-year = перемещений за 365 дней
audit-member-name = название
audit-member-notify = сообщить письмом
audit-member-number = номер в журнале заказчика
audit-member-order-number = номер заказа
audit-member-paid-on = оплачено
audit-member-places = места
audit-member-postal-code = индекс
audit-member-previous-until = прежний токен принимается до
audit-member-product-version = версия
audit-member-purchase = покупка
audit-member-reason = причина
audit-member-recorded-at = записано
audit-member-region = область
audit-member-released-at = освобождена
audit-member-role = роль
audit-member-sales-address = почта отдела продаж
audit-member-sales-language = язык писем продажам
audit-member-second-factor-for-all = второй фактор всем
audit-member-seq = номер лицензии
audit-member-sign = признак
audit-member-since = с какого времени
audit-member-spent-order = по праву заказа
audit-member-state = состояние
audit-member-support-until = поддержка до
audit-member-thumbprint = отпечаток ключа
audit-member-time-zone = часовой пояс
audit-member-until = до
audit-member-user-accounts = учётные записи
audit-member-vendor-name = название разработчика
audit-member-version = версия
audit-member-withdrawn = отозван ключ
audit-member-attempt = неудачная попытка
audit-member-failures = неудач подряд
audit-member-pause-seconds = пауза, секунд
audit-attempt-password = пароль
audit-attempt-code = код
audit-member-totp-confirmed = второй фактор подключён
audit-member-totp-generation = второй фактор №
