### A customer's page: the panel on a day, the chart, the sections, the edit.

customer-edit = Edit
customer-sections = Sections of the page
customer-older = Earlier ones

as-of-button = Show
as-of = As of
as-of-no-license = There was no license yet on that day.
as-of-today = back to today
by-then-nothing = Nothing runs out by then.
by-then-support = Support will have ended: { $date }.
by-then-emergency = The emergency license will have ended: { $date }.

chart-title = User accounts over time
chart-none = There were no user accounts yet: the chart comes with the first purchase.
chart-description = Since { $from }. User accounts now: { $now }, at most: { $most }. Emergency licenses: { $emergencies }.
chart-legend = The line: permanent user accounts. Hatched: emergency licenses, with their accounts after the “+”.
chart-today = today
chart-facts = The same as a table
chart-when = When
chart-what = What
chart-change = Change
chart-emergency = +{ $accounts } until { $until }
chart-older = Earlier changes stand in purchases and licenses.
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

purchases-recorded = Recorded
purchases-all = { $count ->
    [one] { $count } purchase in all
   *[other] { $count } purchases in all
}

licenses-title = Licenses
licenses-issued = Issued
licenses-cause = Why
licenses-changes = What has changed
licenses-number = Number and file
licenses-file = Download the license as a file for an installation without a network
licenses-current = current
licenses-first = first license
licenses-same = the same as the one before
licenses-all = { $count ->
    [one] { $count } license in all
   *[other] { $count } licenses in all
}
license-file = License { $number }, issued { $time }. Hand this file to the installation that has no network.
cause-purchase = purchase
cause-void = void of purchase
cause-grant = emergency license
cause-activation = activation
cause-move = move
cause-release = release of a place
cause-licensee = change of the licensee
cause-correction = changed records accepted
cause-withdrawal = issuing key withdrawn
change-none = none
change-user-accounts = user accounts
change-external-connections = external connections
change-support-until = support until
change-emergency-given = emergency license:
change-emergency-of = { $accounts } until { $until }
change-emergency-ended = emergency license ended
change-installation-added = installation added
change-installation-removed = installation removed
count-accounts = { $count ->
    [one] { $count } account
   *[other] { $count } accounts
}

installations-places = { $places ->
    [one] { $taken } of { $places } place taken.
   *[other] { $taken } of { $places } places taken.
}
installations-moves = { $made } of { $allowed } moves used in 365 days.
installations-heard = Heard of last: { $time }.
installations-clone = possible clone
installations-clone-since = since { $since }: { $sign }.
installations-in-order = Seen; it is in order
clone-two-machines = two machines use its key by turns
clone-older-license = it says that it has an older license than before, as a copied or restored one does
installations-reported = Reported
installations-never = never yet
over-in-all = Together, the active installations use more than the license gives:
over-in-all-user-accounts = user accounts: { $used } of { $held }
over-in-all-emergency-accounts = emergency accounts: { $used } of { $held }
over-in-all-external-connections = external connections: { $used } of { $held }
over-user-accounts = over the license: { $used } of { $held }
over-emergency-accounts = over the emergency license: { $used } of { $held }
over-external-connections = connections over the license: { $used } of { $held }
release-title = Release the installation
release-why = The license is issued again without this installation: once it has it, the product is no longer licensed. This cannot be undone; the installation can be activated again with the activation key.
release-button = Release the place

grants-owed = to be paid
grants-older = Earlier ones stand in the list of licenses.

customer-mails-title = Mails
customer-mails-none = There were no mails yet.
customer-mails-what = About
customer-mails-order = Order
customer-mails-to = To
customer-mails-owed = Queued
customer-mails-all = All mails to the customer
customer-mails-again = Send again
customer-mails-retry = Try now

customer-audit-title = Audit
customer-audit-when = When
customer-audit-what = What was done
customer-audit-who = Who
doer-token = token
doer-command-line = command line:
doer-server = server
doer-installation = installation

edit-title = Edit the customer
edit-issues = A change of the name or the address issues a new license at once that states it. Other changes leave the license as it is.
edit-save = Save
edit-overwrite = Save over it
edit-meanwhile = While you were filling this form in, somebody else changed the customer. Nothing of yours was saved yet: compare, and save again.
edit-meanwhile-title = Changed meanwhile
edit-field = Field
edit-theirs = Now stands
edit-mine = You entered
edit-left = You left it alone: it stays as it stands

field-on = On date
