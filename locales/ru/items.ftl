### Позиции и их количества.

user-accounts = Учётные записи пользователей
external-connections = Внешние подключения (1С)
support = Техническая поддержка
emergency-accounts = «Экстренные» учётные записи
emergency-validity = Срок действия «экстренной» лицензии

count-user-accounts = { $count ->
    [one] { $count } учётная запись
    [few] { $count } учётные записи
   *[other] { $count } учётных записей
}
count-external-connections = { $count ->
    [one] { $count } внешнее подключение
    [few] { $count } внешних подключения
   *[other] { $count } внешних подключений
}
count-emergency-accounts = { $count ->
    [one] { $count } «экстренная» учётная запись
    [few] { $count } «экстренные» учётные записи
   *[other] { $count } «экстренных» учётных записей
}
support-until = поддержка до { $date }
no-support = Лицензия на поддержку отсутствует
