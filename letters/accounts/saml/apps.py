from django.apps import AppConfig


class SamlConfig(AppConfig):
    name = "letters.accounts.saml"
    label = "accounts_saml"
    verbose_name = "SAML"
