"""Small nouns that every room stands on; no models, nothing of ours is imported here."""
