"""The rules, one family a file: code, words in both languages, examples and check stand together."""
