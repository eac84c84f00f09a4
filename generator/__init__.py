"""From a borrower record to the message they receive."""
