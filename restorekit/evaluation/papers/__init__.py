"""What papers print, a file for each method, and the same figures measured by this program."""
