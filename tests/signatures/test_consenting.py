"""A team's line is a consent of its own: unticked, given with the confirmation, and taken back like the signature."""

import pytest
from django.urls import reverse

from letters.accounts.models import Team
from letters.documents.models import Letter, LetterTeam
from letters.signatures import consenting, managing, signing
from letters.signatures.models import Signature, TeamConsent
from tests.factories import make_letter, make_signature, make_team, make_version, sign_up
from tests.public.visitor import filled, form_with, send, sign_path, words_of

pytestmark = pytest.mark.django_db
LINE = "The Society of Locksmiths may write to me."


@pytest.fixture
def letter(db):
    letter = make_letter()
    make_team("alice", letter=letter)
    make_team("bob", letter=letter, is_owner=False, consent_line=LINE)
    return letter


@pytest.fixture
def line(letter):
    return consenting.lines_of(letter)[0]


def given():
    return list(TeamConsent.objects.values_list("letter_team__public_id", "text_sha256"))


def test_form_asks_the_line_of_each_team_that_has_one_and_ticks_none(client, letter, line):
    response = client.get(sign_path(letter))

    assert f"{LINE} (asked by {line.team})" in words_of(response)
    assert response.content.decode().count('name="team_') == 1
    assert f"team_{line.key}" not in form_with(response, "display_name").fields


def test_letter_without_such_lines_asks_nothing_more(client):
    response = client.get(sign_path(make_letter()))

    assert 'name="team_' not in response.content.decode()


@pytest.mark.parametrize("is_ticked", [True, False])
def test_tick_is_a_consent_once_the_mail_is_answered_and_not_before(client, letter, line, is_ticked):
    assert send(client, letter, **({f"team_{line.key}": "on"} if is_ticked else {})).status_code == 303
    row = Signature.objects.get()
    assert (row.team_ticks, given()) == ([[line.key, line.sha256]] if is_ticked else [], [])

    signing.confirm(row.public_id)

    row.refresh_from_db()
    team = LetterTeam.objects.get(consent_line=LINE)
    assert given() == ([(team.public_id, line.sha256)] if is_ticked else [])
    assert row.team_ticks == []


def test_tick_survives_a_refused_form(client, letter, line):
    response = client.post(sign_path(letter), filled(letter, display_name="", **{f"team_{line.key}": "on"}))

    assert response.status_code == 422
    assert form_with(response, "display_name").fields[f"team_{line.key}"] == "on"


def test_record_of_consent_names_the_lines_that_were_asked(client, letter, line):
    send(client, letter)
    LetterTeam.objects.update(consent_line="")
    send(client, letter, email="other@example.org")

    assert Signature.objects.values("consent_text_sha256").distinct().count() == 2


def test_tick_of_a_team_that_left_meanwhile_is_nothing(letter, line):
    row = sign_up(letter, team_consents=((line.key, line.sha256), ("0" * 32, "a" * 64)))
    LetterTeam.objects.filter(consent_line=LINE).delete()

    assert signing.confirm(row.public_id).is_confirmed
    assert given() == []


def reword(how):
    link = LetterTeam.objects.get(consent_line=LINE)
    if how == "line":
        LetterTeam.objects.filter(pk=link.pk).update(consent_line="Pass my address on.")
    else:
        Team.objects.filter(pk=link.team_id).update(name="Advertisers")


@pytest.mark.parametrize("how", ["line", "name"])
def test_tick_of_words_that_changed_meanwhile_is_nothing(letter, line, how):
    row = sign_up(letter, team_consents=((line.key, line.sha256),))
    reword(how)

    assert signing.confirm(row.public_id).is_confirmed
    assert given() == []


@pytest.mark.parametrize("how", ["line", "name"])
def test_consent_to_other_words_is_shown_as_none_and_given_anew(client, letter, line, how):
    row = make_signature(letter)
    consenting.change(row.public_id, [line.key])
    reword(how)
    new = consenting.lines_of(Letter.objects.get(pk=letter.pk))[0]

    assert [asked["given"] for asked in consenting.given_by(Signature.objects.get())] == [False]
    client.post(mine(row), {"action": "teams", "team": line.key})
    assert given() == [(LetterTeam.objects.get(consent_line=new.text).public_id, new.sha256)]
    assert [asked["given"] for asked in consenting.given_by(Signature.objects.get())] == [True]


def test_tick_of_another_letters_team_is_nothing(client, letter, line):
    other = make_letter()

    send(client, other, **{f"team_{line.key}": "on"})

    assert Signature.objects.get().team_ticks == []


def mine(row):
    return reverse("public:mine", args=[managing.token_for(row)])


def test_choice_is_shown_and_changed_on_the_own_page(client, letter, line):
    row = make_signature(letter)
    path = mine(row)
    assert LINE in words_of(client.get(path))

    assert client.post(path, {"action": "teams", "team": [line.key, "nobody"]}).status_code == 303
    assert len(given()) == 1
    before = TeamConsent.objects.get().given_at
    client.post(path, {"action": "teams", "team": line.key})
    assert TeamConsent.objects.get().given_at == before
    assert form_with(client.get(path), "team").fields["team"] == line.key
    client.post(path, {"action": "teams"})
    assert given() == []


def test_choice_holds_under_every_version(client, letter, line):
    row = make_signature(letter, email="suzie@example.org")
    newer = make_signature(letter, version=make_version(letter), email="suzie@example.org", carried_from=row)

    client.post(mine(row), {"action": "teams", "team": line.key})
    assert set(TeamConsent.objects.values_list("signature", flat=True)) == {row.pk, newer.pk}

    client.post(mine(newer), {"action": "teams"})
    assert given() == []


@pytest.mark.parametrize("verb", [managing.withdraw, managing.erase, signing.disown])
def test_whoever_leaves_takes_the_consent_along(letter, line, verb):
    row = make_signature(letter)
    consenting.change(row.public_id, [line.key])

    verb(row.public_id)

    assert given() == []


def test_data_of_a_person_names_their_consents(client, letter, line):
    row = make_signature(letter)
    consenting.change(row.public_id, [line.key])

    found = client.get(reverse("public:mine-data", args=[managing.token_for(row)])).json()

    assert [(consent["team"], consent["text_sha256"]) for consent in found["team_consents"]] == [
        (line.team, line.sha256)
    ]
