"""What Sample University tells of its people, beyond what allauth's provider tells by itself."""

from collections.abc import Iterable
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter

from campaign.sample_university.people import PEOPLE

_BY_ID = {person.id: person for person in PEOPLE}


class UniversityAdapter(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth comes without types
    """Adds the affiliation, by the name that REFEDS gives the claim."""

    def get_claims(
        self,
        purpose: Any,
        user: Any,
        client: Any,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        claims: dict[str, Any] = super().get_claims(purpose, user, client, scopes, email=email, **kwargs)
        if person := _BY_ID.get(user.pk):
            claims["eduperson_scoped_affiliation"] = person.scoped
        return claims
