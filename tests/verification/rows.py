"""Organisations and domains for tests, written straight into the tables."""

from datetime import date

from letters.verification.models import Organization, OrganizationDomain

CHECKED = date(2026, 11, 1)


def make_organization(name="University of Harbour", *, aliases=("UH",), source="ror", on=CHECKED, **fields):
    return Organization.objects.create(name=name, aliases=list(aliases), source=source, checked_on=on, **fields)


def make_domain(domain, organization=None, *, kind="staff", source="ror", on=CHECKED, **fields):
    """A row that ties a domain to an organisation, a new one by default."""
    return OrganizationDomain.objects.create(
        domain=domain,
        organization=organization or make_organization(f"Owner of {domain}", aliases=()),
        kind=kind,
        source=source,
        checked_on=on,
        **fields,
    )
