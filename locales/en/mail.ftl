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

## Test mail

mail-test-subject = Test mail
mail-test-heading = Test mail
mail-test-why = An administrator of the license server is checking whether mails arrive. Since you are reading this, they do. Nothing is to be done.
