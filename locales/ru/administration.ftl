### Настройки: сотрудники, токены, ключи, разработчик; своя учётная запись.

nav-settings = Настройки
done-saved = Сохранено.
done-staff-added = Сотрудник добавлен. Передайте ему имя для входа и первый пароль.
done-password = Пароль сменён, остальные сеансы завершены.
done-sessions = Остальные сеансы завершены.
done-token-revoked = Токен отозван.
done-key-rotated = Новый ключ выпуска подписывает со следующей лицензии.

settings-title = Настройки
settings-tabs = Разделы настроек
settings-vendor = Разработчик
settings-save = Сохранить
settings-set-in-file = Задано в файле настроек; здесь не меняется.
settings-set-in-environment = Задано в окружении сервера; здесь не меняется.
settings-set-by-flag = Задано параметром запуска; здесь не меняется.
settings-issuer-fixed = Закреплён первой лицензией и больше не меняется.
settings-mail-url-now = Сейчас: { $url }. Оставьте поле пустым, чтобы ничего не менять, или введите smtp://ИМЯ:ПАРОЛЬ@СЕРВЕР:587 (STARTTLS), smtps://… или file:ПАПКА.
settings-mail-url-again = Введите адрес почтового сервера ещё раз: страница не показывает паролей.
settings-now = Сейчас сохранено: { $value }
settings-changed-meanwhile = Настройки уже изменены
    .detail = Пока эта страница была открыта, их изменил кто-то другой. Под полями указано, что сохранено сейчас; сохраните ещё раз, если верны Ваши значения.
field-sales-language = Язык писем отделу продаж
field-second-factor-for-all = Второй фактор нужен
choice-factor-admins = администраторам
choice-factor-all = всем сотрудникам

role-admin = администратор
    .may = Всё: заказчики, покупки, сотрудники, токены, ключи и настройки. Второй фактор обязателен.
role-sales = продажи
    .may = Вносит и меняет заказчиков и покупки, отправляет письма.
role-auditor = аудитор
    .may = Видит всё, кроме настроек, и ничего не меняет.
roles-title = Что может роль
field-role = Роль

staff-title = Сотрудники
staff-new = Новый сотрудник
staff-person = Сотрудник
staff-full-name = Имя и фамилия
staff-name-hint = Латинские или русские буквы, цифры, точки и дефисы; строчные и прописные не различаются.
staff-first-password = Первый пароль
staff-first-password-hint = Не меньше 12 символов. Сотрудник сменит его на странице «Учётная запись».
staff-add = Добавить сотрудника
staff-state = Состояние
staff-enabled = может войти
staff-disabled = вход закрыт
staff-since = С какого дня
staff-last = Последний вход
staff-never = ещё не было
staff-factor-set-up = подключён
staff-factor-missing = подключит при следующем входе
staff-factor-none = нет
staff-own = Это Вы. Свой пароль и имя меняют на странице
staff-change-role = Изменить роль
staff-new-password = Новый пароль
staff-password-why = Если сотрудник забыл пароль: его сеансы завершатся, войти он сможет только с новым.
staff-change-password = Задать пароль
staff-second-factor-why = Если потеряны и телефон, и коды восстановления: сеансы завершатся, при следующем входе сотрудник подключит второй фактор заново.
staff-second-factor-reset = Сбросить второй фактор
staff-access = Вход
staff-disable-why = Сотрудник сразу теряет доступ на всех страницах; сделанное им остаётся в журнале. Вход можно снова открыть.
staff-disable = Закрыть вход
staff-enable-why = Сотрудник сможет войти с прежним паролем.
staff-enable = Открыть вход

tokens-title = Токены API
tokens-why = По токену к API обращаются другие программы разработчика: CRM, бухгалтерия. У каждой должен быть свой.
tokens-none = Токенов ещё нет. Создайте первый для программы, которая будет вносить покупки.
tokens-made = Создан
tokens-good = действует
tokens-revoked = отозван
tokens-revoke = Отозвать
tokens-new = Новый токен
tokens-create = Создать токен
field-token-name = Название
    .hint = Какая программа им пользуется, например crm.
token-title = Токен
token-once = Скопируйте токен в настройки программы сейчас: больше он нигде не показывается, сервер хранит только его отпечаток.
token-kept = Токен сохранён
token-revoke-title = Отозвать токен
token-revoke-why = Программа, которая им пользуется, сразу потеряет доступ к API. Отменить это нельзя: ей понадобится новый токен.
token-revoke-button = Отозвать токен

keys-title = Ключи
keys-warning = Внимание.
keys-ends-soon = Ключ выпуска скоро перестанет выпускать лицензии. Смените его: выданные лицензии останутся в силе.
keys-root = Корневой ключ
keys-root-why = Его закрепляют в продуктах один раз и навсегда; он заверяет ключи выпуска. Отпечаток:
keys-root-here = Закрытая часть корневого ключа лежит на этом сервере. Уберите её туда, где нет сети:
keys-root-detached = убран с сервера
keys-export = Скачать roots.json для продуктов
keys-issuing = Ключи выпуска
keys-thumbprint = Отпечаток
keys-since = Создан
keys-until = Выпускает до
keys-licenses = Действующих лицензий
keys-signs = подписывает
keys-replaced = заменён
keys-withdrawn = отозван
keys-rotate = Сменить ключ выпуска
keys-rotate-elsewhere = Корневого ключа здесь нет, поэтому новый ключ выпуска делают там, где он хранится:
keys-withdraw-title = Если ключ выпуска украден
keys-withdraw-why = Отзывают ключ только в командной строке сервера, потому что заново выпускаются лицензии всех заказчиков:
rotate-title = Сменить ключ выпуска?
rotate-why = Следующие лицензии подпишет новый ключ, он действует пять лет. Лицензии, подписанные нынешним ключом, останутся в силе; заказчикам ничего делать не нужно.
rotate-button = Сменить ключ

account-title = Учётная запись
account-change-name = Изменить имя
account-password-why = После смены пароля сеансы в других браузерах завершаются.
account-new-password = Новый пароль
account-change-password = Сменить пароль
account-codes-left = { $count ->
    [one] Остался { $count } код.
    [few] Осталось { $count } кода.
   *[other] Осталось { $count } кодов.
}
account-codes-why = Новые коды отменяют прежние.
account-renew-codes = Создать новые коды
account-sessions = Сеансы
account-sessions-why = Если Вы вошли на чужом компьютере или потеряли свой: здесь Вы останетесь в системе, во всех других браузерах сеансы завершатся.
account-end-sessions = Выйти везде, кроме этого браузера
field-present-password = Нынешний пароль
field-codes-password = Ваш пароль
