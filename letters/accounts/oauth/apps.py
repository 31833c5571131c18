from django.apps import AppConfig


class OauthConfig(AppConfig):
    name = "letters.accounts.oauth"
    label = "accounts_oauth"
    verbose_name = "ORCID and GitHub"
