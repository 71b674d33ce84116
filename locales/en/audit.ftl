### The audit.

## What was done: “audit-” and the event's word, with a dash for the dot

audit-activation-key-renewed = New activation key given
audit-customer-changed = Customer's details changed
audit-customer-created = Customer entered
audit-emergency-granted = Emergency license given
audit-installation-activated = Installation activated
audit-installation-released = Installation's place released
audit-key-rotated = Issuing key rotated
audit-license-reissued = License issued again
audit-mail-resent = Mail sent once more
audit-mail-retried = Mail sent again
audit-office-set-up = License office set up
audit-purchase-recorded = Purchase recorded
audit-purchase-voided = Purchase voided
audit-root-detached = Root key moved off the server
audit-settings-changed = Settings changed
audit-staff-added = Person added
audit-staff-disabled = Person shut out
audit-staff-enabled = Person let in again
audit-staff-password-changed = Password changed
audit-staff-recovery-codes-renewed = New recovery codes made
audit-staff-renamed = Person's name changed
audit-staff-role-changed = Person's role changed
audit-staff-second-factor-confirmed = Second factor set up
audit-staff-second-factor-reset = Second factor reset
audit-staff-signed-in = Signed in
audit-staff-signed-out-elsewhere = Other sessions ended
audit-token-created = Token made
audit-token-revoked = Token taken back
