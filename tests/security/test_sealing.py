"""Every sealed column of every table: bound to its own row and its own column, and part of the rotation of keys."""

from datetime import date

import pytest
from django.apps import apps

from letters.accounts.models import AccountMail, TeamInvitation
from letters.core.errors import KeyRingError
from letters.moderation import importing
from letters.moderation.models import Dispute, ListImport, NetworkKey, Upload
from letters.press.models import CorrectionReader, EmbargoAccess, Question
from letters.signatures import rotating
from letters.signatures.models import Invitation, Signature
from letters.syndication.models import Webhook
from letters.verification import checking
from letters.verification.models import Check

COLUMNS = {
    (model._meta.label, field.name)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if field.name.endswith("_sealed")
}
MONDAYS = iter(date(2026, 1, 5 + 7 * week) for week in range(4))


def _of_import(part):
    def write(row):
        setattr(row, f"{part}_sealed", importing._seal(row, part, {"header": [], "rows": [], "first": 1}))

    return write, lambda row: importing.table_of(row) if part == "rows" else importing.left_of(row)


def _ask(check):
    check.asked_sealed = checking.sealed.seal("https://suzie.example", checking.context_of(check))


def _property(name, value="suzie@uni.example"):
    return lambda row: getattr(row, f"set_{name}")(value), lambda row: getattr(row, name)


OF = {
    "accounts.TeamInvitation.email_sealed": (lambda: TeamInvitation(team_id=1), *_property("email")),
    "accounts.AccountMail.content_sealed": (AccountMail, *_property("content")),
    "signatures.Signature.email_sealed": (lambda: Signature(letter_id=1), *_property("email")),
    "signatures.Invitation.email_sealed": (lambda: Invitation(letter_id=1), *_property("email")),
    "verification.Check.asked_sealed": (Check, _ask, checking.asked_in),
    "moderation.Upload.content_sealed": (Upload, *_property("content", b"%PDF")),
    "moderation.Dispute.text_sealed": (Dispute, *_property("text")),
    "moderation.Dispute.email_sealed": (Dispute, *_property("email")),
    "moderation.NetworkKey.key_sealed": (lambda: NetworkKey(week_on=next(MONDAYS)), *_property("key", b"k" * 32)),
    "moderation.ListImport.rows_sealed": (ListImport, *_of_import("rows")),
    "moderation.ListImport.left_sealed": (ListImport, *_of_import("left")),
    "press.CorrectionReader.email_sealed": (CorrectionReader, *_property("email")),
    "press.EmbargoAccess.content_sealed": (EmbargoAccess, *_property("content", {"name": "Jo"})),
    "press.Question.content_sealed": (Question, *_property("content", {"name": "Jo"})),
    "syndication.Webhook.url_sealed": (Webhook, *_property("url")),
    "syndication.Webhook.secret_sealed": (Webhook, *_property("secret")),
}
"""{table and column: (a new row, seal something in it, read it)}."""


def test_every_sealed_column_is_known_here():
    assert {f"{label}.{name}" for label, name in COLUMNS} == set(OF), "say here how the new column is written and read"


@pytest.mark.parametrize("column", OF)
def test_sealed_value_opens_in_its_own_row_and_column_alone(column):
    new, write, read = OF[column]
    mine, other = new(), new()
    write(mine)
    name = column.rpartition(".")[2]
    setattr(other, name, getattr(mine, name))

    assert read(mine)
    with pytest.raises(KeyRingError):
        read(other)


@pytest.mark.parametrize(
    ("one", "another"),
    [("url_sealed", "secret_sealed"), ("text_sealed", "email_sealed"), ("rows_sealed", "left_sealed")],
)
def test_two_sealed_columns_of_one_row_cannot_change_places(one, another):
    column = next(found for found in OF if found.endswith(one))
    new, write, _read = OF[column]
    _new, _write, read = OF[column.replace(one, another)]
    row = new()
    write(row)
    setattr(row, another, getattr(row, one))

    with pytest.raises(KeyRingError):
        read(row)


def test_every_sealed_column_is_rotated_with_the_keys():
    """One that is left out cannot be read any more once the old keys are gone."""
    rotated = {(each.model._meta.label, each.column) for each in rotating._registered}

    by_itself = {("signatures.Signature", "email_sealed")}  # with its blind indexes: rotating.rewrite
    assert COLUMNS - rotated == by_itself
