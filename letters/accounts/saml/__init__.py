"""SAML 2.0 logins, an extra (``pip install undersigned[saml]``); they prove an identity once and make no account."""
