### The printable version, and its check.
