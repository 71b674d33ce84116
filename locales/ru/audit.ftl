### Журнал событий.

## Что сделано: «audit-» и слово события, в котором вместо точки дефис

audit-activation-key-renewed = Выдан новый ключ активации
audit-customer-changed = Изменены данные заказчика
audit-customer-created = Внесён заказчик
audit-emergency-granted = Выдана «экстренная» лицензия
audit-installation-activated = Активирована установка
audit-installation-released = Освобождено место установки
audit-key-rotated = Сменён ключ выпуска
audit-license-reissued = Лицензия выпущена заново
audit-mail-resent = Письмо отправлено заново
audit-mail-retried = Письмо отправлено повторно
audit-office-set-up = Сервер лицензий настроен
audit-purchase-recorded = Записана покупка
audit-purchase-voided = Аннулирована покупка
audit-root-detached = Корневой ключ убран с сервера
audit-settings-changed = Изменены настройки
audit-staff-added = Добавлен сотрудник
audit-staff-disabled = Сотруднику закрыт вход
audit-staff-enabled = Сотруднику снова открыт вход
audit-staff-password-changed = Сменён пароль
audit-staff-recovery-codes-renewed = Выданы новые коды восстановления
audit-staff-renamed = Изменено имя сотрудника
audit-staff-role-changed = Изменена роль сотрудника
audit-staff-second-factor-confirmed = Подключён второй фактор
audit-staff-second-factor-reset = Сброшен второй фактор
audit-staff-signed-in = Вход
audit-staff-signed-out-elsewhere = Завершены остальные сеансы
audit-token-created = Создан токен
audit-token-revoked = Отозван токен
