"""The rules: what is true about a letter and its signatures. Knows no HTTP and nothing of the site."""
