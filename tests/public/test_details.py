"""The folded part of the form: nobody needs it, nothing in it is lost, and it goes with its line."""

import pytest

from letters.press import columns
from letters.signatures import disclosing, managing, signing
from letters.signatures.models import DETAILS, Signature
from letters.verification import recording
from letters.verification.providers.base import Proof
from tests.factories import make_letter, make_signature, sign_and_confirm
from tests.public.visitor import send, words_of

pytestmark = pytest.mark.django_db
GIVEN = {
    "given_name": "Suzie", "family_name": "van der Berg", "name_latin": "Suzie van der Berg",
    "honorific_prefix": "Prof. Dr.", "honorific_suffix": "FRS", "sector": "academia",
    "orcid": "0000-0002-1825-0097", "website": "https://example.org/",
}  # fmt: skip


@pytest.fixture
def letter():
    return make_letter()


def details_of(row):
    return {name: getattr(row, name) for name in DETAILS}


def test_what_is_given_is_stored_and_in_the_files(client, letter):
    assert send(client, letter, **GIVEN, consent_quote_unnamed="on").status_code == 303

    row = Signature.objects.get()
    assert details_of(row) == GIVEN
    shown = columns.values(row, columns.Context(1, "/{id}"))
    assert {name: shown[name] for name in GIVEN} == GIVEN
    assert (len(columns.COLUMNS), shown["quote_permission"]) == (34, "unnamed")


def test_what_is_refused_there_is_unfolded_and_kept(client, letter):
    response = send(client, letter, orcid="0000-0002-1825-0098", given_name="Suzie")

    body = response.content.decode()
    assert response.status_code == 422
    assert '<details class="details" open>' in body
    assert 'value="0000-0002-1825-0098"' in body
    assert "This is no ORCID iD" in words_of(response)


def test_it_is_folded_until_somebody_opens_it(client, letter):
    body = client.get(f"/letters/{letter.slug}/sign/").content.decode()

    assert '<details class="details">' in body


@pytest.mark.parametrize("way", [managing.withdraw, managing.erase, signing.disown])
def test_it_is_gone_with_the_line(letter, way):
    row = sign_and_confirm(letter, **GIVEN)

    way(row.public_id)

    assert set(details_of(Signature.objects.get(pk=row.pk)).values()) == {""}


def test_it_is_in_the_persons_own_data(letter):
    row = sign_and_confirm(letter, **GIVEN)

    data = disclosing.data_of(row)

    assert {name: data[name] for name in GIVEN} == GIVEN


def test_a_checked_name_keeps_its_parts_until_they_are_checked(letter):
    row = make_signature(letter, is_reviewed=True, **GIVEN)
    now = {name: getattr(row, name) for name in managing.Correction.__dataclass_fields__}

    managing.correct(row.public_id, managing.Correction(**{**now, "family_name": "Altman", "sector": "media"}))

    row.refresh_from_db()
    assert (row.family_name, row.sector) == ("van der Berg", "media")
    assert managing.waiting_change(row) == {"family_name": "Altman"}


def test_an_id_that_was_logged_in_to_is_offered_and_printed_by_its_owner_alone(client, letter):
    row = sign_and_confirm(letter)
    recording.record(row, [Proof("orcid", "account", {"orcid": "0000-0002-1825-0097"})], by="test")

    body = client.get(f"/mine/{managing.token_for(row)}/").content.decode()

    assert 'value="0000-0002-1825-0097"' in body
    assert Signature.objects.get(pk=row.pk).orcid == ""
