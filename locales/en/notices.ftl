notice-api-without-tls = The API listens on { $at } without TLS, and other computers can reach it. Set tls_cert and tls_key, or put a proxy with TLS in front of the server and set an https issuer.
notice-operations-exposed = The operations listener is on { $at }, and other computers can reach it. Set ops_listen to a loopback address, or restrict access with a firewall.
notice-database-without-tls = Connections to the database on { $at } may be unencrypted. Add sslmode=verify-full to database_url.
notice-certificate-unusable = The new TLS certificate cannot be used, so the previous one is still in use: { $at }
notice-mails-wait = No emails are being sent, and all of them wait. The mail server is asked again at intervals. Its answer: { $at }
