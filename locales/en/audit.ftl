### The audit.
