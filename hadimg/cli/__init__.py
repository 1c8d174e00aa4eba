"""The command line: one file a verb, each parses, calls the package and returns an exit code."""
