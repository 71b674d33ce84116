### Sessions of staff, and the proof of identity before sensitive acts.

sign-in-ended = { $count ->
    [one] Your session has ended. Sign in again to continue where you were. A session ends after { $count } minute without use.
   *[other] Your session has ended. Sign in again to continue where you were. A session ends after { $count } minutes without use.
}
session-ended = The session has ended
    .detail = Sign in again.

proof-title = Confirm that it is you
proof-why = Changes to access, keys and settings need a recent confirmation. Yours is older than 15 minutes. What you entered is kept and will be sent once you have confirmed.
proof-password = Your password
proof-button = Confirm and continue
proof-cancel = Cancel

sessions-browser = Browser
sessions-address = Address
sessions-since = Signed in
sessions-last = Last used
sessions-this = this session
sessions-half-open = signing in
sessions-unknown = unknown
sessions-end = End
sessions-end-all = End all sessions
sessions-none = No open sessions.
sessions-staff-why = An ended session stops working at once. To keep the person out, deactivate their access as well.
done-session = The session has ended.

field-session-idle-minutes = Session timeout, minutes
    .hint = A session on these pages ends after this time without use, 5 to 720 minutes. Every session ends after 12 hours.

audit-staff-identity-confirmed = Identity confirmed
audit-staff-session-ended = Session ended
audit-staff-sessions-ended = All sessions ended
audit-member-address = address
audit-member-browser = browser
audit-member-session-idle-minutes = session timeout, minutes
