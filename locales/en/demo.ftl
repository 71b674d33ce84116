### The demo: the manual's story.

demo-title = Licentia: the manual's story
demo-intro = The license server runs at { $server } on a scratch SQLite. Sales and the customer's installation talk to it through the real HTTP API. All share one clock, which the demo moves.
demo-vendor = Vendor

demo-customer-name = Romashka LLC
demo-customer-country = Russia
demo-customer-region = Nizhny Novgorod Region
demo-customer-city = Sarov

## Scenes

demo-customer = Sales get an API token for their CRM and enter the customer.
demo-first-purchase = The customer has paid for 20 user accounts and for support until 31 Oct 2014. Sales record the purchase; the license is signed, and the customer is told by mail.
demo-activation = The customer's administrator enters the license server's address and the activation key of the mail in the product.
demo-emergency = Tomorrow four new people start, and one user account is left. The administrator presses “Settings → Request emergency license”.
demo-emergency-used = The new people are there: one got the last permanent account, three got emergency accounts.
demo-again = Another administrator does not know of it and requests an emergency license once more. One is active, and the answer is the same.
demo-month = A calendar month has passed, and no permanent license was bought. The license server is stopped: the installation knows the end from the signed license, and blocks the emergency accounts by itself.
demo-refusal = The server runs again. The administrator requests an emergency license again and is refused.
demo-second-purchase = The customer has paid for 10 more user accounts. Sales record the purchase.
demo-update = The administrator has the mail and presses “Settings → Update license”. The three people get permanent accounts.
demo-renewed = In autumn accounts are short again. The right to an emergency license has come back with the purchase, and the administrator requests one.
demo-end = Done
demo-done = After the second purchase the emergency license was granted again, until { $until }.

## What came of it

demo-signed = License signed: { $license }
demo-verified = License received and verified against the root key: { $license }
demo-counted = Counted and reported by the installation: user accounts { $users }, emergency accounts { $emergency }
demo-granted = { $accounts ->
    [one] Granted at once, without a human: { $accounts } account until { $until }
   *[other] Granted at once, without a human: { $accounts } accounts until { $until }
}
demo-grant = Number: { $grant }
demo-same-grant = The same number: { $grant }
demo-same-until = The same end: { $until }
demo-same-license = { $bytes ->
    [one] The same license: { $bytes } byte is equal
   *[other] The same license: all { $bytes } bytes are equal
}
demo-letter-to = To
demo-letter-subject = Subject
demo-mail-customer = Mail to the customer ({ $to }): { $subject }
demo-mail-sales = Mail to sales ({ $to }): { $subject }

## --keep

demo-keep = The server goes on
demo-keep-intro = The database is the same, the clock is today's. Ctrl-C stops it.
demo-keep-server = License server
demo-keep-ops = State
demo-keep-token = API token
demo-keep-customer = Customer
demo-keep-dir = Directory
demo-keep-try = Try
demo-keep-try-customer = Read the customer:
demo-keep-try-license = Read its license:
demo-keep-try-purchase = Record one more purchase:
demo-keep-try-update = Update the license on the installation:
demo-keep-stopped = The server is stopped, the directory stays. To go on:
