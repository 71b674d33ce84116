### Страница заказчика: сведения на дату, график, разделы, изменение данных.

customer-edit = Изменить
customer-sections = Разделы страницы
customer-older = Более ранние

as-of-button = Показать
as-of = По состоянию на
as-of-no-license = Лицензии в этот день ещё не было.
as-of-today = вернуться к сегодняшнему дню
by-then-nothing = До этого дня ничего не закончится.
by-then-support = Поддержка к этому дню закончится: { $date }.
by-then-emergency = «Экстренная» лицензия к этому дню закончится: { $date }.

chart-title = Учётные записи по времени
chart-none = Учётных записей ещё не было: график появится с первой покупкой.
chart-description = С { $from }. Сейчас учётных записей: { $now }, больше всего было: { $most }. «Экстренных» лицензий: { $emergencies }.
chart-legend = Линия: постоянные учётные записи. Заштрихованы сроки «экстренных» лицензий, «+» перед числом их учётных записей.
chart-today = сегодня
chart-facts = То же таблицей
chart-when = Когда
chart-what = Что
chart-change = Изменение
chart-emergency = +{ $accounts } до { $until }
chart-older = Более ранние изменения: в покупках и лицензиях.
month-1 = янв
month-2 = фев
month-3 = мар
month-4 = апр
month-5 = май
month-6 = июн
month-7 = июл
month-8 = авг
month-9 = сен
month-10 = окт
month-11 = ноя
month-12 = дек

purchases-recorded = Записана
purchases-all = { $count ->
    [one] Всего { $count } покупка
    [few] Всего { $count } покупки
   *[other] Всего { $count } покупок
}

licenses-title = Лицензии
licenses-issued = Выпущена
licenses-cause = Почему
licenses-changes = Что изменилось
licenses-number = Номер и файл
licenses-file = Скачать файл лицензии для установки без сети
licenses-current = действующая
licenses-first = первая лицензия
licenses-same = то же, что и в предыдущей
licenses-all = { $count ->
    [one] Всего { $count } лицензия
    [few] Всего { $count } лицензии
   *[other] Всего { $count } лицензий
}
license-file = Лицензия { $number }, выпущена { $time }. Передайте этот файл установке, у которой нет сети.
cause-purchase = покупка
cause-void = аннулирована покупка
cause-grant = «экстренная» лицензия
cause-activation = активация
cause-move = перемещение
cause-release = освобождение места
cause-licensee = изменены данные лицензиата
cause-correction = приняты изменённые записи
cause-withdrawal = отозван ключ выпуска
change-none = нет
change-user-accounts = учётные записи
change-external-connections = внешние подключения
change-support-until = поддержка до
change-emergency-given = «экстренная» лицензия:
change-emergency-of = { $accounts } до { $until }
change-emergency-ended = «экстренная» лицензия закончилась
change-installation-added = добавлена установка
change-installation-removed = убрана установка
count-accounts = { $count ->
    [one] { $count } учётная запись
    [few] { $count } учётные записи
   *[other] { $count } учётных записей
}

installations-places = { $taken ->
    [one] Занято { $taken } место из { $places }.
    [few] Занято { $taken } места из { $places }.
   *[other] Занято { $taken } мест из { $places }.
}
installations-moves = Перемещения: { $made } из { $allowed } за 365 дней.
installations-heard = Последний раз на связи: { $time }.
installations-clone = возможен клон
installations-clone-since = с { $since }: { $sign }.
installations-in-order = Просмотрено, всё в порядке
clone-two-machines = её ключом попеременно пользуются два компьютера
clone-older-license = она сообщает о более старой лицензии, чем прежде, как бывает у скопированной или восстановленной
installations-reported = Сообщено
installations-never = ещё не сообщала
over-in-all = Вместе активные установки используют больше, чем даёт лицензия:
over-in-all-user-accounts = учётные записи пользователей: { $used } из { $held }
over-in-all-emergency-accounts = «экстренные» учётные записи: { $used } из { $held }
over-in-all-external-connections = внешние подключения: { $used } из { $held }
over-user-accounts = сверх лицензии: { $used } из { $held }
over-emergency-accounts = сверх «экстренной»: { $used } из { $held }
over-external-connections = подключения сверх лицензии: { $used } из { $held }
release-title = Освободить место установки
release-why = Лицензия выпускается заново без этой установки: получив её, продукт перестанет работать по лицензии. Отменить это нельзя; установку можно будет активировать снова ключом активации.
release-button = Освободить место

grants-owed = к оплате
grants-older = Более ранние: в списке лицензий.

customer-mails-title = Письма
customer-mails-none = Писем ещё не было.
customer-mails-what = О чём
customer-mails-order = Заказ
customer-mails-to = Кому
customer-mails-owed = Поставлено в очередь
customer-mails-all = Все письма заказчику
customer-mails-again = Отправить снова
customer-mails-retry = Повторить сейчас

customer-audit-title = Журнал
customer-audit-when = Когда
customer-audit-what = Что сделано
customer-audit-who = Кто
doer-token = токен
doer-command-line = командная строка:
doer-server = сервер
doer-installation = установка

edit-title = Изменить данные заказчика
edit-issues = Изменение названия или адреса сразу выпускает новую лицензию, в которой они указаны. Остальное лицензию не меняет.
edit-save = Сохранить
edit-overwrite = Сохранить поверх
edit-meanwhile = Пока Вы заполняли форму, данные изменил кто-то другой. Ничего ещё не записано: сверьте и сохраните снова.
edit-meanwhile-title = Изменено за это время
edit-field = Поле
edit-theirs = Теперь записано
edit-mine = Вы ввели
edit-left = Вы не меняли: останется, как записано

field-on = На дату
