"""The command line: one file per command, each reading options and calling one function."""
