"""One module per thing that visitors do."""
