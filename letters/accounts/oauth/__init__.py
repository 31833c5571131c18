"""The logins of ORCID and GitHub, which are OAuth 2.0 with an interface of their own; no account, no kept token."""
