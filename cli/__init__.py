"""Commands of the `fairnotice` program, one file a command."""

import gc

# A short process makes little garbage; looking for it is a good part of the start-up, so it starts before any import.
gc.set_threshold(100_000, 50, 50)
