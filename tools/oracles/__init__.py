"""``make oracles``: programs of other people judge what this project hands out."""
