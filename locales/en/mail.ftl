### Mails. Names and numbers stand in them only as lines “label: value”, never inside a sentence:
### so they break neither the grammar nor the direction of the text.

-update-license = “Settings → Update license”

mail-customer = Customer
mail-address = Address
mail-email = E-mail
mail-order = Order
mail-reason = Reason
mail-changes = What has changed
mail-steps = What to do
mail-unchanged = { $value } (unchanged)
mail-sales = Sales
mail-server = License server

mail-support-until = until { $date }
mail-no-support = no license for support
mail-emergency-accounts = { $accounts } until { $until }
mail-period = { $from } – { $until }

mail-update-step = { $places ->
    [1] In the product, open “Support → License information” and press { -update-license }.
   *[other] On each installation, open “Support → License information” and press { -update-license }.
}
mail-internet = To update, the product must be connected to the internet. If it has no connection, please contact us.

## License ready

mail-ready-subject = Your license is ready: order { $order }
mail-ready-heading = Your license is ready
mail-activate-step = Activate the product: enter the license server's address and the activation key given below.
mail-activate-internet = To be activated, the product must be connected to the internet. If it has no connection, please contact us.
mail-activated-step = If the product is already activated, press { -update-license }.
mail-key-server = Address of the license server
mail-key = Activation key
mail-key-withheld = (the key itself stands only in the mail that is sent)
mail-key-spelling = Upper and lower case, spaces and dashes in the key make no difference.
mail-key-places = { $places ->
    [1] The key is good for one installation.
   *[other] The key is good for { $places } installations at a time.
}
mail-key-keep = Keep it: you will need it to move the product to another machine. Do not show it to strangers.

## Purchase voided

mail-voided-subject = Purchase voided: order { $order }
mail-voided-heading = Your purchase has been voided
mail-voided-mistake = If this is a mistake, please contact us.

## Emergency license: to the customer

mail-emergency-subject = Emergency license granted: valid until { $until }
mail-emergency-heading = { $accounts ->
    [one] You have been granted an emergency license for { $accounts } user account
   *[other] You have been granted an emergency license for { $accounts } user accounts
}
mail-emergency-buy = By { $until }, buy a permanent license for the number of users you need: please contact us.
mail-emergency-others = On your other installations, press { -update-license }: the one that asked already has the license.
mail-emergency-postpaid = The emergency license is post-paid: we will send you an invoice.
mail-emergency-blocked = Without a permanent license, the emergency accounts will be blocked from { $until }, and it will not be possible to request an emergency license again. After you have bought a permanent license, you can use an emergency license again when you need one.

## Emergency license: to sales

mail-owed-subject = To be paid: emergency license, { $customer }
mail-owed-heading = { $accounts ->
    [one] A customer has been granted an emergency license for { $accounts } user account
   *[other] A customer has been granted an emergency license for { $accounts } user accounts
}
mail-owed-order = Granted by right of order
mail-owed-invoice = Send the customer an invoice: the emergency license is post-paid.
mail-owed-offer = Offer the customer a permanent license for the number of users needed. If it is not bought by { $until }, the emergency accounts will be blocked.

## Notices to staff

mail-notice-account = Account
mail-notice-time = Time
mail-notice-failures = Failed attempts
mail-notice-until = Further attempts are accepted from
mail-notice-address = Network address
mail-notice-change = Change
mail-notice-by = Changed by
mail-notice-codes-left = Codes left
mail-notice-difference = Difference
mail-notice-key = Key
mail-notice-key-until = Issues licenses until
mail-by-command-line = { $name }, at the server's command line
mail-by-token = API token { $name }
mail-change-password = new password
mail-change-temporary-password = temporary password; sign in with it by { $until } and choose a password of your own
mail-change-factor-reset = two-factor authentication was reset
mail-change-recovery-codes = new recovery codes; the previous ones no longer work
mail-change-role = role: { $role }
mail-change-email = email address for notices: { $email }
mail-change-no-email = the email address for notices was removed
mail-change-disabled = the account was disabled
mail-change-enabled = the account was enabled

mail-slowed-password-subject = Wrong passwords were entered for your account
mail-slowed-password-advice = If it was not you, somebody is guessing your password. They have not got in. Tell an administrator, and choose a long password that you use nowhere else.
mail-slowed-code-subject = Wrong two-factor codes were entered for your account
mail-slowed-code-advice = Whoever entered them knew your password. If it was not you, change your password now and tell an administrator.
mail-access-subject = The access of your account was changed
mail-access-advice = If you did not expect this, tell an administrator at once.
mail-factor-subject = Two-factor authentication was set up for your account
mail-factor-advice = If it was not you, somebody knows your password: tell an administrator at once.
mail-recovery-subject = A recovery code was used to sign in to your account
mail-recovery-advice = If it was not you, change your password and make new recovery codes on the page “Account”, and tell an administrator.
mail-integrity-subject = Stored data was changed outside the license server
mail-integrity-advice = No license is issued from this data. Run licentia audit verify on the server: it names each record that was changed. Find out who can write to the database.

mail-key-here-subject = The issuing key expires soon
mail-key-here-advice = After that no license is issued and no purchase is recorded. Make the next key on the page “Settings”, “Keys”, or run licentia keys rotate on the server. Licenses that were issued stay valid.
mail-key-elsewhere-subject = The issuing key expires soon
mail-key-elsewhere-advice = After that no license is issued and no purchase is recorded. The root key is not on the server, so make the next key with three commands: licentia keys request-certificate --out FILE on the server, licentia keys certify where the root key is kept, and licentia keys install on the server. Licenses that were issued stay valid.

## Test mail

mail-test-subject = Test mail
mail-test-heading = Test mail
mail-test-why = An administrator of the license server is checking whether mails arrive. Since you are reading this, they do. Nothing is to be done.
