notice-api-without-tls = API доступен с других компьютеров по адресу { $at } без TLS. Задайте tls_cert и tls_key или поставьте перед сервером прокси с TLS и укажите issuer с https.
notice-operations-exposed = Служебный адрес { $at } доступен с других компьютеров. Укажите в ops_listen локальный адрес или ограничьте доступ межсетевым экраном.
notice-database-without-tls = Соединения с базой данных на { $at } могут не шифроваться. Добавьте sslmode=verify-full в database_url.
notice-certificate-unusable = Новый сертификат TLS использовать нельзя, действует прежний: { $at }
notice-mails-wait = Письма не отправляются и ждут в очереди. Попытки подключиться к почтовому серверу повторяются. Его ответ: { $at }
