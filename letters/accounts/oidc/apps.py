from django.apps import AppConfig


class OidcConfig(AppConfig):
    name = "letters.accounts.oidc"
    label = "accounts_oidc"
    verbose_name = "OpenID Connect"
