### Today.

nav-today = Today
today-title = Today
today-key = The issuing key ends on
today-key-what = After that no license can be issued. An administrator should make a new one.
today-calm = All is well
today-calm-what = Nothing is owed, nothing ends soon, every mail has gone.
today-new-purchase = Find a customer to record a purchase.
today-all = Show all
today-owed = Emergency licenses to be paid
today-owed-what = Each was given on trust. A purchase of user accounts pays for it.
today-ending = Emergency licenses that end within a week
today-support = Support that ends within 60 days
today-within = { $count ->
        [one] within { $count } day
       *[other] within { $count } days
    }
today-left = Left
today-days = { $count ->
        [0] ends today
        [one] { $count } day
       *[other] { $count } days
    }
today-mails = Mails that did not go
today-since = Owed since
today-answer = The mail server said
today-waits = waits
today-stopped = stopped
today-clones = Possible clones
today-clones-what = Two machines may use one installation's key. They have one place, and nothing is refused to them: ask the customer.
today-installation = Installation
today-seen = Seen first
today-sign = Seen by
today-licenses = Licenses issued lately
today-accounts = Accounts
today-cause = Issued for
today-issued = Issued
license-cause-purchase = a purchase
license-cause-void = the void of a purchase
license-cause-grant = an emergency license
license-cause-activation = an activation
license-cause-move = a move to another installation
license-cause-release = the release of a place
license-cause-licensee = a change of name or address
license-cause-correction = changed records that were accepted
license-cause-withdrawal = the withdrawal of an issuing key
