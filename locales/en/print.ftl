### The printable version, and its check.

print-title = printable version
licenses-print = print
print-back = To the customer
print-other-language = In Russian
print-button = Print
print-hint = Or Ctrl+P: A4 paper, without the browser's own headers and footers.
print-picture = QR code: check the license,
print-check = Check whether this license is the current one
print-superseded = This license has been replaced by a newer one.
print-number = License
print-fingerprint = Key fingerprint
print-fault = The agreement cannot be printed
    .detail = There is a fault in the agreement's template, which the setting agreement_dir names. Mend it and start the server again.

check-title = License check
check-current = current
    .detail = Its holder has no newer license.
check-superseded = no longer current
    .detail = Its holder has a newer license.
check-unknown = not known
    .detail = There is no license with this number here. The address may have been mistyped: scan the code again.
check-too-often = too often
    .detail = There were too many calls from this address. Try again in a minute.
check-support = Support until
check-emergency = Emergency license until
check-ended = ended
