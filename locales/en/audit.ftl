### The audit.

## What was done: “audit-” and the event's word, with a dash for the dot

audit-activation-key-renewed = New activation key given
audit-customer-changed = Customer's details changed
audit-customer-created = Customer entered
audit-emergency-granted = Emergency license given
audit-installation-activated = Installation activated
audit-installation-clone-suspected = Possible clone of an installation seen
audit-installation-found-in-order = Possible clone found in order
audit-installation-released = Installation's place released
audit-installation-replaced = Place taken over by another installation
audit-integrity-accepted = Changed records accepted
audit-integrity-alarm = Records were changed outside of Licentia
audit-key-rotated = Issuing key rotated
audit-license-reissued = License issued again
audit-mail-resent = Mail sent once more
audit-mail-retried = Mail sent again
audit-office-set-up = License office set up
audit-purchase-recorded = Purchase recorded
audit-purchase-voided = Purchase voided
audit-request-handed-in = Installation's request handed in
audit-root-detached = Root key moved off the server
audit-settings-changed = Settings changed
audit-staff-added = Person added
audit-staff-disabled = Person shut out
audit-staff-email-changed = Email address for notices changed
audit-staff-enabled = Person let in again
audit-staff-password-changed = Password changed
audit-staff-recovery-codes-renewed = New recovery codes made
audit-staff-renamed = Person's name changed
audit-staff-role-changed = Person's role changed
audit-staff-second-factor-confirmed = Second factor set up
audit-staff-second-factor-reset = Second factor reset
audit-staff-sign-in-slowed = Sign-in paused after failed attempts
audit-staff-signed-in = Signed in
audit-staff-signed-out-elsewhere = Other sessions ended
audit-token-created = Token made
audit-token-revoked = Token taken back

## The page

nav-audit = Audit
audit-title = Audit
audit-export = Download CSV
audit-filter = Which events
audit-show = Show
audit-all = the whole audit
audit-none = Nothing has happened yet.
audit-not-found = There are no such events. Look for less at once, or check how name and days are written.
audit-when = When
audit-who = Who
audit-what = What
audit-changed = Before → after
audit-members = { $count ->
    [one] { $count } field
   *[other] { $count } fields
}
audit-older = Older
audit-any-action = any
audit-yes = yes
audit-no = no
audit-of-customer = All events of this customer
field-by = Who: a name or a token
field-action = Action
field-customer = Customer: words or id
audit-from = From
audit-to = To
audit-csv-time = Time (UTC)
audit-csv-by = Who
audit-csv-action = Event
audit-csv-words = What
audit-csv-subject = On what
audit-csv-customer-id = Customer's id
audit-csv-customer = Customer
audit-csv-before = Before
audit-csv-after = After

## What was changed

audit-member-accounts = accounts
audit-member-activated-at = activated
audit-member-cause = cause
audit-member-city = city
audit-member-confirmed = confirmed
audit-member-country = country
audit-member-created-at = created
audit-member-customer = customer
audit-member-disabled-at = shut out
audit-member-email = e-mail
audit-member-external-connections = external connections
audit-member-findings = what differs
audit-member-from = from
audit-member-full-name = full name
audit-member-generation = number
audit-member-granted-at = granted
audit-member-issuer = server address
audit-member-language = language
audit-member-mail-from = sender of mails
audit-member-mail-url = mail server
audit-member-moves-per-year = moves in 365 days
audit-member-name = name
audit-member-notify = tell by mail
audit-member-number = number in the ledger
audit-member-order-number = order number
audit-member-paid-on = paid
audit-member-places = places
audit-member-postal-code = postal code
audit-member-product-version = version
audit-member-purchase = purchase
audit-member-reason = reason
audit-member-recorded-at = recorded
audit-member-region = region
audit-member-released-at = released
audit-member-role = role
audit-member-sales-address = e-mail of sales
audit-member-sales-language = language of mails to sales
audit-member-second-factor-for-all = second factor for all
audit-member-seq = license number
audit-member-sign = seen by
audit-member-since = since
audit-member-spent-order = order spent
audit-member-state = state
audit-member-support-until = support until
audit-member-thumbprint = thumbprint
audit-member-time-zone = time zone
audit-member-until = until
audit-member-user-accounts = user accounts
audit-member-vendor-name = vendor's name
audit-member-withdrawn = key withdrawn
audit-member-attempt = failed attempt
audit-member-failures = failures in a row
audit-member-pause-seconds = pause, seconds
audit-attempt-password = password
audit-attempt-code = code
audit-member-totp-confirmed = second factor set up
audit-member-totp-generation = second factor no.
