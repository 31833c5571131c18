"""People who log in: operators now, organisers and their teams later. Signatories need no account."""
