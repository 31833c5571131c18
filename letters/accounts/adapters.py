"""How allauth behaves on this site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    """Nobody makes an account by themselves; operators make them, and organisers will be invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
