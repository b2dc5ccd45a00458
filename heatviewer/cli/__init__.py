"""The command line: words in, results on standard output, one line on standard error where it fails."""
