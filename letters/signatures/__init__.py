"""One person's act of signing: from the form to the confirmed line, its corrections, and its end."""
