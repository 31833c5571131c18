"""One letter with one of everything, the people around it, and what each address of the desk is about."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from letters.accounts.models import User
from letters.documents.models import Letter, Translation
from letters.moderation import cases, importing
from letters.moderation.models import BulkDecision, Upload
from letters.outreach.models import Event, Package, Update
from letters.press.models import Archive
from letters.syndication import hooking
from tests.factories import CAST, make_letter, make_team, make_user, sign_and_confirm
from tests.moderation.files import PDF

VIEW, EDIT, PUBLISH, REVIEW = "view", "edit-text", "publish", "review"
BULK, EXPORT, MAIL, MANAGE = "decide-in-bulk", "export", "mail", "manage-team"
ALL = {VIEW, EDIT, PUBLISH, REVIEW, BULK, EXPORT, MAIL, MANAGE}
PEOPLE: dict[str, set[str]] = {
    "owner": ALL,
    "editor": {VIEW, EDIT, PUBLISH, MAIL},
    "moderator": {VIEW, REVIEW, BULK},
    "reviewer": {VIEW, REVIEW},
    "reader": {VIEW},
    "owner of a team that works and exports": ALL - {MANAGE},
    "owner of a team that works": ALL - {MANAGE, EXPORT},
    "owner of a team that exports": {VIEW, EXPORT},
    "owner of a team that lends its name": {VIEW},
    "reader in a team that works and exports": {VIEW},
    "stranger with an account": set(),
    "owner of another letter": set(),
    "former member": set(),
    "operator": ALL,
}
"""What each may do with the letter. Written down here on purpose, not computed from the site's own table."""

PAGES: dict[str, set[str]] = {
    VIEW: {"letter", "history", "comments", "letter-teams", "versions", "milestones", "numbers"},
    EDIT: {"write", "preview", "about", "translations", "translate"},
    PUBLISH: {
        "launch", "launch-now", "rules", "amend", "version-new", "embargo", "delivery", "package-making", "package",
        "timeline", "timeline-event", "press", "webhooks", "webhook", "archive", "archive-file",
    },
    REVIEW: {"queue", "case", "case-let-go", "case-file", "surge"},
    BULK: {"bulk", "bulk-run"},
    EXPORT: {"export", "tokens"},
    MAIL: {
        "invitations", "invitations-import", "invitations-import-run", "invitations-import-left", "updates", "update",
        "update-html",
    },
}  # fmt: skip
"""Which permission opens which pages of a letter. By hand as well: what a view asks for must not be its own proof."""

_CO_TEAMS = {
    "owner of a team that works and exports": ("owner", True, True),
    "owner of a team that works": ("owner", True, False),
    "owner of a team that exports": ("owner", False, True),
    "owner of a team that lends its name": ("owner", False, False),
    "reader in a team that works and exports": ("reader", True, True),
}


@dataclass
class World:
    """``about`` holds one row of every kind that an address names."""

    letter: Letter
    other: Letter
    people: dict[str, User]
    about: dict[str, Any]

    def value_of(self, named: str) -> str:
        row, _, attribute = named.partition(".")
        return str(getattr(self.about[row], attribute or "public_id"))


def account(name: str, *, is_staff: bool = False) -> User:
    return User.objects.create_user(email=f"{name.replace(' ', '-')}@example.org", is_staff=is_staff)


def make_world() -> World:
    """The letter is owned by Alice's team; Alice owns a second letter too, that has nothing."""
    letter, other = make_letter(), make_letter(state="draft")
    team = make_team("alice", letter=letter)
    team.letters.create(letter=other, is_owner=True)
    people = {"owner": User.objects.get(email=CAST["alice"].email)}
    for role in ("editor", "moderator", "reviewer", "reader"):
        people[role] = account(role)
        team.memberships.create(user=people[role], role=role)
    for name, (role, may_work, may_export) in _CO_TEAMS.items():
        people[name] = account(name)
        link = make_team("bob", letter=letter, is_owner=False, may_work=may_work, may_export=may_export)
        link.memberships.all().delete()
        link.memberships.create(user=people[name], role=role)
    people["stranger with an account"] = make_user("charlie")
    people["owner of another letter"] = account("elsewhere")
    make_team("mona", letter=make_letter()).memberships.create(user=people["owner of another letter"], role="owner")
    people["former member"] = account("former")
    team.memberships.create(user=people["former member"], role="owner").delete()
    people["operator"] = account("operator", is_staff=True)
    return World(letter, other, people, {"team": team, **_rows(letter, people["owner"])})


def _rows(letter: Letter, owner: User) -> dict[str, Any]:
    now = timezone.now()
    case = cases.open_case(sign_and_confirm(letter), "mixed-script", is_holding=True)
    upload = Upload(case=case, kind="pdf", uploaded_at=case.opened_at)
    upload.set_content(PDF)
    upload.save()
    bulk = BulkDecision.objects.create(letter=letter, what="refuse", counted=0, counted_at=now, by=owner)
    update = Update.objects.create(letter=letter, number=1, subject="News", body="Text", created_at=now, edited_at=now)
    package = Package.objects.create(
        letter=letter, number=1, version=letter.version, as_of=now, persons=1, organizations=0, sentence="One.",
        sha256="a" * 64, size_bytes=1, made_at=now,
    )  # fmt: skip
    event = Event.objects.create(letter=letter, kind="media", happened_on=now.date(), created_at=now)
    translation = Translation.objects.create(letter=letter, version=letter.version, language="de", edited_at=now)
    table = importing.upload(letter, b"Name,E-mail\nSuzie,suzie@uni.example\n", by=owner)
    table.left_sealed = importing._seal(table, "left", [["2", "Suzie", "suzie@uni.example", "invited before"]])
    table.save()
    return {
        "table": table, "case": case, "upload": upload, "bulk": bulk, "update": update, "package": package,
        "webhook": hooking.make(letter, url="https://hooks.example.org/", events=["letter.closed"], by=owner)[0],
        "event": event, "translation": translation, "archive": Archive.objects.create(letter=letter, asked_at=now),
    }  # fmt: skip


# Every route of the desk whose address names more than the letter: which row of the world each argument is, by its
# public id or by the attribute after the dot.
ARGUMENTS: dict[str, dict[str, str]] = {
    "team": {"public_id": "team"},
    "case": {"public_id": "case"},
    "case-let-go": {"public_id": "case"},
    "case-file": {"public_id": "case", "upload_id": "upload"},
    "bulk-run": {"public_id": "bulk"},
    "invitations-import-run": {"public_id": "table"},
    "invitations-import-left": {"public_id": "table"},
    "update": {"public_id": "update"},
    "update-html": {"public_id": "update"},
    "package": {"public_id": "package"},
    "timeline-event": {"public_id": "event"},
    "translate": {"language": "translation.language"},
    "archive-file": {"public_id": "archive"},
    "webhook": {"public_id": "webhook"},
}
# Arguments that are plain values, and name no row of one letter alone.
PLAIN: dict[str, dict[str, str]] = {
    "team-join": {"token": "x" * 66},
}
# Pages of the desk that are about no letter and no team: any account opens them.
FOR_ANY_ACCOUNT = {
    "home",
    "account",
    "account-alerts",
    "account-code",
    "second-factor",
    "teams",
    "team-new",
    "letter-new",
}
# Pages that need no account, each with its reason.
WITHOUT_AN_ACCOUNT = {
    "team-join",  # the link of a mail; tests/desk/test_teams.py
}
