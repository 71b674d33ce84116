### Today.
