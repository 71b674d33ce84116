### Why a call was refused: each code has a title and an explanation (.detail) that says what to
### do. No variables: the texts are the same for every call.

## The request could not be read

malformed-json = The body is not JSON
    .detail = The body cannot be read as JSON in UTF-8. Check it and send the request again.
invalid-fields = Some fields are not right
    .detail = Correct the fields listed in errors and send the request again. Nothing was recorded.
body-too-large = The body is too large
    .detail = The body is larger than this call accepts. Shorten it and send the request again.
body-too-slow = The body came too slowly
    .detail = The rest of the body did not come in time, and the connection was closed. Nothing was recorded. Send the request again.
unsupported-content-encoding = The body is compressed
    .detail = Send the body as it is, without Content-Encoding.
unsupported-media-type = This content type is not accepted
    .detail = Set Content-Type to what this call accepts: application/json for data, application/jwt for the statements of installations.
not-found = Not found
    .detail = There is no record with this id. Check the id.
route-not-found = There is no such address
    .detail = Nothing stands at this address. All calls are listed in /api/openapi.json.
method-not-allowed = This method is not accepted here
    .detail = This address accepts the methods listed in the Allow header.
cursor-invalid = The list cannot continue from there
    .detail = The value of after or limit does not fit this list. Pass the previous answer's next as after, or start the list again.

## Who is asking

unauthenticated = Please say who you are
    .detail = Send your token in the header “Authorization: Bearer …”.
token-unknown = This token is not valid
    .detail = The token is unknown or was revoked. Ask an administrator for a new one.
sign-in-failed = Name and password do not fit
    .detail = Check both. If you have forgotten the password, ask an administrator for a new one.
second-factor-wrong = The code does not fit
    .detail = Enter the code that the authenticator shows now; each is good once. If the device is lost, enter a recovery code.
sign-in-again = Sign in again
    .detail = There were too many wrong codes, or two-factor authentication was set up meanwhile. Enter your name and password.
too-many-attempts = Too many attempts
    .detail = Wait as long as the header Retry-After says, then try again.
setup-link-unknown = This link is not good any more
    .detail = A setup link is good once, for 30 minutes. Make a new one on the server: licentia setup
last-administrator = There must be an administrator
    .detail = This person is the last administrator who may sign in. Make somebody else an administrator first.
forbidden = You may not do this
    .detail = The role of this token does not allow the call. Ask an administrator.
issuer-fixed = The server's address is fixed
    .detail = The first license has fixed this server's address: installations compare it in every license. It cannot be changed.
root-detached = The root key is not on this server
    .detail = Request a certificate for a new issuing key on the server, and certify it where the root key is kept: licentia keys request-certificate --out FILE
token-expired = This token has expired
    .detail = The token is past its end, or it was rotated. Ask an administrator for a new one.
token-address = This token is not accepted from your address
    .detail = The token is limited to certain addresses. Call from one of them, or ask an administrator to create a token for yours.
token-name-taken = There is already a token with this name
    .detail = Choose another name.

## Purchases

order-number-conflict = This order number is already recorded
    .detail = Numbers that differ only in case, dashes or look-alike letters are the same number. Check the order number; if the earlier record is wrong, void it and enter the order again.
order-number-conflict-other = Order { $order } is recorded for { $customer } as purchase { $purchase }.
already-voided = The purchase is already voided
    .detail = This purchase was voided before and cannot be voided again. The reason stands in the customer's ledger.

## Emergency licenses

emergency-accounts-out-of-range = This number of emergency accounts is not possible
    .detail = An emergency license has 1 to 10 accounts. Correct the number and request it again.
no-permanent-purchase = There is no permanent license for user accounts
    .detail = An emergency license adds to a permanent one. Buy user accounts first.
emergency-already-used = The emergency license is already used
    .detail = An emergency license can be requested again after a permanent license has been bought. Buy user accounts.

## Installations

no-free-place = There is no free place
    .detail = As many installations are active as the customer has places. Release one of them, or ask the vendor for another place. If a machine is gone, this one can take over its place: activate it with --move.
no-moves-left = The moves are used up
    .detail = Places were taken over as often as is possible in 365 days. The vendor's staff can release the place; then activate again.
replaced-unknown = There is no such installation to replace
    .detail = No active installation of the customer has this name or thumbprint. Correct it, or leave it out: then the one that was heard of longest ago is replaced.
activation-key-unknown = The activation key does not fit
    .detail = There is no such activation key, or a new one has replaced it. Check the key in the latest mail; if it does not fit, ask the vendor for a new one.
installation-unknown = The installation is unknown
    .detail = This installation is not activated on this server. Activate it with the activation key.
installation-released = The installation has given its place back
    .detail = This installation is no longer active. To get licenses again, activate it with the activation key.
installation-elsewhere = The installation is active for another customer
    .detail = This installation's key is activated for another customer. Release it there and activate it again.
already-released = The place is already released
    .detail = This installation has already given its place back. There is nothing to do.

## Request statements

statement-malformed = The request statement cannot be read
    .detail = This is not a signed request statement, or it was damaged on its way. Make it again and pass it on unchanged.
statement-algorithm = The request statement is signed with an algorithm that is not accepted
    .detail = Only EdDSA signatures with an Ed25519 key are accepted. Update the program that makes the statements.
statement-type = This is not a request statement
    .detail = The statement's header must have the type license-request+jwt. Check that you sent a statement, not a license or another document.
statement-signature = The request statement's signature is wrong
    .detail = The statement was changed after it was signed, or another key signed it. Make it again on the installation.
statement-expired = The request statement has expired
    .detail = Make a new statement. If it is new, check the clock of the installation.
statement-too-long-lived = The request statement lives too long
    .detail = Over the network a statement may live for 300 seconds at most, in a file for 30 days. Make one that lives shorter.
statement-from-the-future = The request statement is from the future
    .detail = The installation's clock is ahead. Set it right and make the statement again.
statement-audience = The request statement is meant for another server
    .detail = The license server's address in the statement is not the address of this server. Correct it in the installation's settings and make the statement again.
statement-mismatch = The request statement asks for something else
    .detail = The statement asks for something other than what this call does. Make a statement for this action.
statement-reused = A statement with this jti was already accepted
    .detail = A statement with the same jti and other content was accepted before. Make a new statement.

## Repeats and changes at the same time

idempotency-key-invalid = The Idempotency-Key header is not right
    .detail = An Idempotency-Key is 1 to 255 printable ASCII characters. Correct it and send the request again.
idempotency-key-reused = This Idempotency-Key was used for another request
    .detail = A request with other content was accepted with this key. Take a new key for a new request.
precondition-failed = The record has changed
    .detail = Somebody else has changed the record since you read it. Read it again and repeat your change.
precondition-required = The If-Match header is needed
    .detail = Send in If-Match the ETag that the record was read with, so that nobody's changes are lost.
mail-not-retryable = This mail cannot be sent again
    .detail = This mail was sent already; it does not go twice.

## The server

issuing-key-expired = The issuing key has expired
    .detail = There is no key to issue licenses with, so nothing was recorded. An administrator must replace the issuing key (licentia keys rotate); licenses already issued stay good.
integrity-check-failed = Records were changed outside of Licentia
    .detail = This customer's records were changed outside of Licentia, so nothing was issued. An administrator was told and finds out more with: licentia audit verify.
keys-unavailable = The keys are not available
    .detail = The server cannot read its keys, so nothing was recorded. Try again later; if the error stays, tell an administrator.
issuer-mismatch = The server is set up under another address
    .detail = The issuer in the settings is not the one that earlier licenses were issued under. An administrator must set it back.
busy = The server is busy
    .detail = There are too many requests at the moment, and nothing was recorded. Try again in a few seconds.
database-unavailable = The database is not available
    .detail = It is not certain that anything was recorded. Send the same request again, unchanged and with the same Idempotency-Key: it happens only once. If the error stays, tell an administrator.
storage-full = The server's disk is full
    .detail = Nothing was recorded. An administrator must free space on the disk.
storage-failing = The server's disk fails
    .detail = It is not certain that anything was recorded. Send the same request again, unchanged and with the same Idempotency-Key: it happens only once. If the error stays, tell an administrator: the server cannot write to its disk.
too-many-requests = Too many requests
    .detail = Wait for the seconds given in the Retry-After header, then try again.
internal = Internal error
    .detail = Nothing was recorded. Try again; if the error stays, give the request number (request_id) to an administrator.

## What is wrong with a field

fault-missing = This field is required.
fault-empty = The field must not be empty.
fault-too-short = Too short: at least { $fewest } needed.
fault-too-long = Too long: at most { $most } allowed.
fault-control-character = Line breaks and other control characters cannot stand here.
fault-not-a-whole-number = A whole number is needed.
fault-out-of-range = A number from { $least } to { $most } is needed.
fault-not-an-email-address = This is not an e-mail address. Enter one address, such as it@example.com.
fault-not-a-network = Enter addresses or networks such as 192.0.2.7 or 10.0.0.0/8, separated by commas.
fault-not-a-date = There is no such date. A date is written YYYY-MM-DD.
fault-in-the-future = This date has not come yet. Enter today or an earlier day.
fault-not-understood = This cannot be understood. The hint shows what it looks like.
fault-not-on-the-page = A folder (file:) and an authority (?ca=) can be set only in the configuration file, in the environment or by a flag. Enter smtp://… or smtps://….
fault-too-many = Too many fit this. Say it more exactly.
fault-taken = This name is taken. Choose another.
fault-easily-guessed = This password is easily guessed. Choose one that is in no list and contains no names: several random words, for example.
fault-wrong-password = This is not your password.
fault-temporary-password = This is the temporary password. Choose another one.
fault-unknown-word = This value is not allowed here.
fault-repeated = This is already given. Each can stand only once.
fault-not-for-this-item = This field does not belong to this item.
fault-unknown-member = There is no such field. Check how its name is written.
fault-wrong-type = A value of another type is needed here.
fault-line-count = A purchase has one to three items.
fault-total-too-large = The customer would have more than { $most } in all. Lower the quantity.

## Accepted, but worth a look

warning-support-in-the-past = The support date has passed. Check the date; if it is right, there is nothing to do.
