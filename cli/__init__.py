"""Commands of the `fairnotice` program, one file a command."""
