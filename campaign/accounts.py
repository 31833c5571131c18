"""How organisers' accounts behave: settings of django-allauth, which are the same on every site.

campaign/checks.py refuses to start with those flipped that keep strangers out.
"""

from typing import Any

_SOCIAL = {
    "SOCIALACCOUNT_ADAPTER": "campaign.public.identities.IdentityAdapter",
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
    "SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT": False,
    "SOCIALACCOUNT_AUTO_SIGNUP": False,
    "SOCIALACCOUNT_QUERY_EMAIL": False,
    "SOCIALACCOUNT_STORE_TOKENS": False,
    "SOCIALACCOUNT_LOGIN_ON_GET": False,
}


def settings(*, production: bool) -> dict[str, Any]:
    """The settings by name. A person is known by a confirmed address; everything is confirmed by code, nothing by
    opening a link; what a login of another site tells is believed nowhere but in organisers.py."""
    return {
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1"],  # who wants a password sets one later (account_forms.py)
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
        "ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND": True,
        "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
        "ACCOUNT_LOGIN_BY_CODE_TIMEOUT": 900,  # mail takes its time; the pages and mails say 15 minutes
        "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT": 900,
        "ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT": 900,
        "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True,
        "ACCOUNT_CHANGE_EMAIL": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 900,
        "ACCOUNT_SESSION_REMEMBER": True,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if production else "http",
        "ACCOUNT_ADAPTER": "letters.accounts.adapters.AccountAdapter",
        "ACCOUNT_FORMS": {
            "login": "campaign.desk.account_forms.LoginForm",
            "signup": "campaign.desk.account_forms.SignupForm",
        },
        # Codes go to the owner of a login whatever else was mailed there, so what a stranger causes ends here.
        "ACCOUNT_RATE_LIMITS": {
            "signup": "20/m/ip,100/d/ip",
            "request_login_code": "20/m/ip,5/10m/key",
            "reset_password": "20/m/ip,5/10m/key",
        },
        **_second_factors(production=production),
        **_SOCIAL,
        # Where a session began is kept with it; where it went is nobody's business.
        "USERSESSIONS_TRACK_ACTIVITY": False,
    }


def _second_factors(*, production: bool) -> dict[str, Any]:
    return {
        "MFA_ADAPTER": "letters.accounts.adapters.MFAAdapter",
        "MFA_SUPPORTED_TYPES": ["webauthn", "totp", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_PASSKEY_SIGNUP_ENABLED": False,  # an account begins with an address that was confirmed
        "MFA_TOTP_TOLERANCE": 1,  # a clock that is half a minute off
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not production,  # http://localhost
    }
