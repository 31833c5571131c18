"""The SAML provider as allauth finds it. It proves an identity once; it never makes, finds or connects an account."""

import hashlib
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


class CautiousSaml(SAMLProvider):  # type: ignore[misc]  # allauth comes without types
    """One identity provider; the app's settings are those that campaign/logins.py writes."""

    @property
    def sub_id(self) -> str:
        return str(self.app.provider_id)

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Raises PermissionDenied for any other process of allauth (login, connect, signup), or without a check."""
        if process != AuthProcess.REDIRECT or not kwargs.get("check"):
            raise PermissionDenied
        answer: HttpResponse = super().redirect(request, process, check=kwargs["check"])
        return answer

    def extract_uid(self, data: Any) -> str:
        """Names no person and is stored nowhere."""
        return hashlib.sha256(str(data.get_last_assertion_id()).encode()).hexdigest()

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {"issuer": self.app.settings["idp"]["entity_id"], "attributes": data.get_attributes(),
                "name_id": data.get_nameid(), "name_id_format": data.get_nameid_format()}  # fmt: skip

    def extract_common_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}


provider_classes = [CautiousSaml]
