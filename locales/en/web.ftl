### The staff pages.

web-skip = To the content
web-navigation = Pages
web-search = search
web-sign-out = sign out
web-errors = Please correct this
web-more = More
web-request = Call number for the vendor's logs:
web-to-start = To the start
web-not-found = There is no such page
    .detail = Nothing is at this address; it may have been mistyped. Search for the customer, or go back to the start.
web-forbidden = This was not carried out
    .detail = Your role does not allow it, or the page it was sent from is out of date. Open the page again and repeat it there. If it is refused again, ask an administrator.
web-https-needed = Open this server over https
    .detail = This page was opened over http, but the server is set up for { $issuer }. Over http the browser drops the cookie that the form needs, so signing in fails here. Open the address below. If it does not answer, ask whoever runs the server to correct the setting “issuer” or the proxy.
web-cookies-needed = The browser did not send the form's cookie
    .detail = Without it the server cannot tell that the form was its own, so nothing was carried out. Allow cookies for this address in the browser, open the page again and repeat it there.
web-foreign-form = The form did not come from this server
    .detail = Nothing was carried out: the form came from { $origin }, and the server expects it from its own pages at { $issuer }. Open the page at that address and repeat it there. If you did, ask the server's administrator to correct the setting “issuer”, or to have the proxy pass the header “Host” on.
web-another-site = another site
web-back = Back
nav-customers = Customers
nav-mails = Mails
language-ru = Russian
language-en = English

sign-in-title = Sign in
sign-in-button = Sign in
wait-seconds =
    { $count ->
        [one] Try again in { $count } second.
       *[other] Try again in { $count } seconds.
    }
wait-minutes =
    { $count ->
        [one] Try again in { $count } minute.
       *[other] Try again in { $count } minutes.
    }
web-too-many-attempts = Too many attempts
    .detail = Wait a moment, then try again.
second-factor-title = Second factor
second-factor-button = Go on
enrol-title = Set up a second factor
enrol-why = A password can be guessed or seen. Photograph this code with an authenticator app, such as the one your phone has; it will show a new six-digit code every 30 seconds.
enrol-picture = QR code for the authenticator app
enrol-typed = Or type this key into the app:
enrol-code = Six digits from the authenticator.
enrol-button = Confirm
choose-title = Choose a password
choose-why = An administrator has set your password, so it is temporary. Choose one of your own that only you know; after that you can continue.
choose-button = Save the password
recovery-title = Recovery codes
recovery-why = Each of these lets you in once without the authenticator. Print them or write them down now: they are not shown again.
recovery-go-on = I have kept them

set-up-title = Set up the license office
set-up-why = You become the first administrator. What you settle here can be changed later; what is set in the file, the environment or by a flag is shown and cannot be changed here.
set-up-you = You
set-up-vendor = The vendor
set-up-button = Set up

field-setup-code = Setup code
    .hint = The end of the link that the server printed, after #. A code is good once, for 30 minutes.
field-name = Name to sign in with
field-password = Password
field-new-password = Password
    .hint = At least 12 characters.
field-code = Code
    .hint = Six digits from the authenticator, or a recovery code.
field-full-name = Your name
field-vendor-name = The vendor's name
    .hint = Mails and licenses are signed with it.
field-issuer = Address of this server
    .hint = A URL under which installations reach it, such as https://licenses.vendor.example. The first license fixes it.
field-time-zone = Time zone
    .hint = An IANA name, such as Europe/Moscow. The vendor's days and months count.
field-sales-address = E-mail address of sales
    .hint = Emergency licenses are reported there.
field-mail-url = Mail server
    .hint = smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://…. Empty: mails are written to files.
field-mail-from = Sender of mails
    .hint = Such as Vendor <licenses@vendor.example>
field-moves-per-year = Moves in 365 days
    .hint = How often a customer may put a new installation in the place of one that is gone, by the activation key alone: 0 to 100. After that staff release the place.
field-company-name = Company
field-country = Country
    .hint = May be left out.
field-region = Region
field-city = City
field-postal-code = Postal code
field-email = E-mail address
field-language = Language of its mails
field-places = Installation places
    .hint = How many installations may be active at once, 1 to 20.
