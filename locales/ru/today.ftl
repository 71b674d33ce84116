### Сегодня.

nav-today = Сегодня
today-title = Сегодня
today-key = Срок ключа выпуска заканчивается
today-key-what = После этого выпустить лицензию будет нельзя. Администратору пора выпустить новый ключ.
today-calm = Всё в порядке
today-calm-what = Долгов нет, ничего скоро не заканчивается, все письма ушли.
today-new-purchase = Найти заказчика и записать покупку.
today-all = Показать все
today-owed = «Экстренные» лицензии к оплате
today-owed-what = Они выданы в долг. Их оплачивает покупка учётных записей.
today-ending = «Экстренные» лицензии, которые закончатся за неделю
today-support = Поддержка, которая закончится за 60 дней
today-within = { $count ->
        [one] за { $count } день
        [few] за { $count } дня
       *[many] за { $count } дней
    }
today-left = Осталось
today-days = { $count ->
        [0] последний день
        [one] { $count } день
        [few] { $count } дня
       *[many] { $count } дней
    }
today-mails = Письма, которые не ушли
today-since = С какого времени
today-answer = Ответ почтового сервера
today-waits = ждёт
today-stopped = остановлено
today-clones = Возможные клоны
today-clones-what = Возможно, ключом одной установки пользуются два компьютера. Место у них одно, и им ни в чём не отказано: спросите заказчика.
today-installation = Установка
today-seen = Замечено
today-sign = Признак
today-licenses = Недавно выпущенные лицензии
today-accounts = Учётные записи
today-cause = Причина
today-issued = Выпущена
license-cause-purchase = покупка
license-cause-void = аннулирование покупки
license-cause-grant = «экстренная» лицензия
license-cause-activation = активация
license-cause-move = перемещение на другую установку
license-cause-release = освобождение места
license-cause-licensee = изменение названия или адреса
license-cause-correction = приняты изменённые записи
license-cause-withdrawal = отзыв ключа выпуска
