"""Rules, findings and reports: what is wrong with a template, and for which borrower."""
