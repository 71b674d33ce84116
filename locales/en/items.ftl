### The items and their counts.

user-accounts = User accounts
external-connections = External connections
support = Support
emergency-accounts = Emergency accounts
emergency-validity = Emergency license valid

count-user-accounts = { $count ->
    [one] { $count } user account
   *[other] { $count } user accounts
}
count-external-connections = { $count ->
    [one] { $count } external connection
   *[other] { $count } external connections
}
count-emergency-accounts = { $count ->
    [one] { $count } emergency account
   *[other] { $count } emergency accounts
}
support-until = support until { $date }
no-support = No license for support
