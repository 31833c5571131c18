"""One cautious OpenID Connect client for every login that proves something; it makes no account and keeps no token."""
