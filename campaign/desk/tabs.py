"""The parts of the desk that belong to one letter, in two rows; what somebody may not do is not shown to them."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from letters.accounts.permissions import Permission
from letters.documents.models import Letter


@dataclass(frozen=True)
class Tab:
    """One page: its URL name, its label, and what it takes to open it."""

    name: str
    label: str | Promise
    needs: Permission = Permission.VIEW


GROUPS: tuple[tuple[str | Promise, tuple[Tab, ...]], ...] = (
    (_("Overview"), (Tab("letter", _("Overview")),)),
    (
        _("Text"),
        (
            Tab("write", _("Write"), Permission.EDIT_TEXT),
            Tab("about", _("About the letter"), Permission.EDIT_TEXT),
            Tab("comments", _("Comments")),
            Tab("translations", _("Translations"), Permission.EDIT_TEXT),
            Tab("versions", _("Versions")),
        ),
    ),
    (
        _("People"),
        (
            Tab("queue", _("Queue"), Permission.REVIEW),
            Tab("surge", _("Pace"), Permission.REVIEW),
            Tab("bulk", _("Many at once"), Permission.DECIDE_IN_BULK),
            Tab("invitations", _("Invitations"), Permission.MAIL),
            Tab("rules", _("Rules"), Permission.PUBLISH),
        ),
    ),
    (
        _("Campaign"),
        (
            Tab("milestones", _("Milestones")),
            Tab("updates", _("Updates"), Permission.MAIL),
            Tab("delivery", _("Delivery"), Permission.PUBLISH),
            Tab("timeline", _("Timeline"), Permission.PUBLISH),
            Tab("embargo", _("Journalists"), Permission.PUBLISH),
            Tab("numbers", _("Numbers")),
        ),
    ),
    (
        _("Letter"),
        (
            Tab("launch", _("Launch and close"), Permission.PUBLISH),
            Tab("letter-teams", _("Teams")),
            Tab("export", _("Export"), Permission.EXPORT),
            Tab("press", _("Press room"), Permission.PUBLISH),
            Tab("tokens", _("Tokens"), Permission.EXPORT),
            Tab("webhooks", _("Webhooks"), Permission.PUBLISH),
            Tab("archive", _("Archive"), Permission.PUBLISH),
        ),
    ),
)


def context(letter: Letter, here: str) -> dict[str, Any]:
    """``tab_groups`` and ``tab_pages`` of a letter's pages; ``here`` is the URL name of the page that is shown."""
    groups, pages = [], []
    for label, tabs in GROUPS:
        shown = [{"url": url, "label": tab.label, "is_here": tab.name == here} for tab, url in _open(letter, tabs)]
        is_here = here in {tab.name for tab in tabs}
        if shown:
            groups.append({"url": shown[0]["url"], "label": label, "is_here": is_here, "is_page": shown[0]["is_here"]})
        if is_here and len(shown) > 1:
            pages = shown
    return {"tab_groups": groups, "tab_pages": pages}


def _open(letter: Letter, tabs: tuple[Tab, ...]) -> list[tuple[Tab, str]]:
    granted: frozenset[Permission] = getattr(letter, "permissions", frozenset())
    found = []
    for tab in tabs:
        if tab.needs in granted:
            try:
                found.append((tab, reverse(f"desk:{tab.name}", args=[letter.slug])))
            except NoReverseMatch:
                continue
    return found
