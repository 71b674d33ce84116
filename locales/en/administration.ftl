### Administration: staff, tokens, keys, the vendor.
