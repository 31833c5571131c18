"""Signing for an organisation: the form, the hold, and the block on the pages."""

from uuid import uuid4

import pytest
from django.urls import reverse

from letters.core import tokens
from letters.documents import publishing
from letters.documents.models import Letter
from letters.moderation import deciding, releasing
from letters.moderation.models import Case
from letters.outbox.models import Message
from letters.signatures import counting, managing, representing, signing
from letters.signatures.models import Representation, Signature
from letters.verification import assurance, recording
from letters.verification.models import Evidence
from letters.verification.providers import organization
from letters.verification.providers.base import NotProven, Proof
from tests.factories import make_letter, make_user, make_words, sign_and_confirm
from tests.public.visitor import form_with, words_of

pytestmark = pytest.mark.django_db

INSTITUTE = {
    "display_name": "Institute of Locks",
    "website": "https://institute.example",
    "country": "NL",
    "representative": "Suzie van der Berg",
    "representative_position": "Director",
    "email": "suzie@institute.example",
    "statement": "on",
    "consent_publish": "on",
}


@pytest.fixture
def letter():
    return make_letter(slug="lift")


def path_for(letter):
    return reverse("public:sign-organization", args=[letter.slug])


def filled(client, letter, **typed):
    form = form_with(client.get(path_for(letter)), "display_name")
    return {**form.hidden, **INSTITUTE, "action": "sign", **typed}


def send(client, letter, **typed):
    return client.post(path_for(letter), filled(client, letter, **typed))


def test_form_is_opened_empty_and_unticked(client, letter):
    response = client.get(path_for(letter))

    form = form_with(response, "display_name")
    assert (path_for(letter), response.status_code) == ("/letters/lift/sign/organisation/", 200)
    assert {name for name, value in form.fields.items() if value} == {"csrfmiddlewaretoken", "nonce", "version"}
    assert form.buttons == [("action", "sign"), ("action", "preview")]


@pytest.mark.database
def test_sent_form_is_one_attempt_of_an_organisation_and_one_mail(client, letter):
    data = filled(client, letter, consent_updates="on")

    answers = [client.post(path_for(letter), data) for _ in range(2)]

    row = Signature.objects.get()
    assert {answer.status_code for answer in answers} == {303}
    assert (row.state, row.signatory_type, row.held_reason) == ("pending", "organization", "organization")
    assert (row.display_name, row.country, row.position, row.affiliation) == ("Institute of Locks", "NL", "", "")
    assert (row.email, row.consent_updates, row.consent_press) == ("suzie@institute.example", True, False)
    who = Representation.objects.get()
    assert (who.signature, who.name, who.position, who.website) == (
        row, "Suzie van der Berg", "Director", "https://institute.example/",
    )  # fmt: skip
    assert len(who.statement_sha256) == len(row.consent_text_sha256) == 64
    assert [(m.kind, m.subject_id) for m in Message.objects.all()] == [("confirm", row.public_id)]


def test_preview_shows_the_line_and_stores_nothing(client, letter):
    response = send(client, letter, action="preview")

    assert "Institute of Locks, Netherlands" in words_of(response)
    assert form_with(response, "display_name").fields["representative_position"] == "Director"
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"display_name": " "}, "display_name", "Enter the organisation's name as it should be printed."),
        (
            {"display_name": "=Institute"},
            "display_name",
            "A name cannot begin with = + - @ or a tab: spreadsheets would run it.",
        ),
        (
            {"display_name": "https://institute.example"},
            "display_name",
            "Enter the organisation's name here; its website has its own field.",
        ),
        (
            {"display_name": "Inst\u200bitute"},
            "display_name",
            "This text holds an invisible or control character (U+200B). Delete it, or type the text anew.",
        ),
        ({"display_name": "123"}, "display_name", "Enter the organisation's name as it should be printed."),
        (
            {"website": "http://institute.example"},
            "website",
            "Give the address of a public page that begins with https://, without user name or port.",
        ),
        ({"website": ""}, "website", "Enter the address of the organisation's website."),
        (
            {"representative": "www.evil.example"},
            "representative",
            "A name cannot hold a web address. Put it into the comment if it matters.",
        ),
        ({"representative_position": ""}, "representative_position", "Enter your position in the organisation."),
        ({"email": "suzie"}, "email", "Enter one e-mail address, such as name@example.org."),
        ({"statement": ""}, "statement", "An organisation signs only through somebody who may sign for it."),
        (
            {"consent_publish": ""},
            "consent_publish",
            "Without this consent the name cannot be printed, so nobody can sign.",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(client, letter, changes, field, sentence):
    response = send(client, letter, **changes)

    assert (response.status_code, response.context["form"].errors) == (422, {field: [sentence]})
    kept = form_with(response, "display_name").fields
    wanted = {name: value for name, value in {**INSTITUTE, **changes}.items() if value}
    assert {name: kept.get(name) for name in wanted} == wanted
    assert not Signature.objects.exists()


@pytest.mark.parametrize("name", ["3M", "Booking.com", "4Privacy e.V.", "Ärzte & Partner", "ÖBB", "abuse.ch", "@stake"])
def test_honest_odd_names_of_organisations_pass_or_are_explained(client, letter, name):
    response = send(client, letter, display_name=name)

    assert response.status_code == (422 if name == "@stake" else 303)


def test_filled_trap_stores_nothing_and_looks_the_same(client, letter):
    response = send(client, letter, homepage="x")

    assert (response.status_code, Signature.objects.count()) == (303, 0)


def test_form_of_another_letter_or_an_altered_one_is_refused(client, letter):
    response = send(client, letter, nonce="x" * 66)

    assert (response.status_code, Signature.objects.count()) == (409, 0)
    assert send(client, letter, version="0" * 16).status_code == 409


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_letter_that_stopped_takes_no_organisation(client, state):
    letter = make_letter(slug="lift", state=state)

    assert "Sign for this organisation" not in words_of(client.get(path_for(letter)))


def test_letter_that_takes_no_organisations_has_no_such_form(client, letter):
    letter.methods = ["work_email"]
    letter.save(update_fields=["methods"])

    assert client.get(path_for(letter)).status_code == 404
    assert path_for(letter) not in client.get(reverse("public:sign", args=["lift"])).text


def test_form_of_persons_leads_to_the_one_of_organisations(client, letter):
    assert path_for(letter) in client.get(reverse("public:sign", args=["lift"])).text


# --- what is printed ---------------------------------------------------------------------------------------------


def typed_institute(**changes):
    values = {
        "display_name": "Institute of Locks",
        "email": "suzie@institute.example",
        "country": "NL",
        "representative": "Suzie van der Berg",
        "representative_position": "Director",
        "website": "https://institute.example/",
        "statement_sha256": "s" * 64,
    }
    return representing.TypedOrganization(**{**values, **changes})


def sign_institute(letter, **changes):
    public_id = representing.sign(
        letter,
        typed_institute(**changes),
        nonce=uuid4(),
        text_sha256=letter.version.sha256,
        consents_sha256="c" * 64,
    )
    return signing.confirm(public_id)


def case_of(row):
    return Case.objects.waiting().get(signature=row, reason="organization")


def accept(row, person="mona"):
    return deciding.accept(case_of(row).public_id, by=make_user(person, is_staff=True))


def everything_public(client, letter):
    counting.refresh()
    paths = ["", "signatories/", "signatories.csv", "signatories.json", "count.json"]
    answers = [client.get(f"/letters/{letter.slug}/{path}") for path in paths]
    return [b"".join(answer) if answer.streaming else answer.content for answer in answers]


def test_confirmed_organisation_is_printed_nowhere_before_the_organisers_looked(client, letter):
    row = sign_institute(letter)

    row.refresh_from_db()
    assert (row.state, row.held_reason, row.is_public) == ("confirmed", "organization", False)
    assert case_of(row).is_holding
    assert [b"Institute of Locks" in content for content in everything_public(client, letter)] == [False] * 5
    tally = letter.version.tally
    assert (tally.persons, tally.organizations, tally.held) == (0, 0, 0)


@pytest.mark.database
def test_accepted_organisation_stands_in_a_block_of_its_own_and_counts_for_no_person(client, letter):
    sign_and_confirm(letter, "bob")
    row = sign_institute(letter)
    accept(row)

    page, listed, *_ = [content.decode() for content in everything_public(client, letter)]

    row.refresh_from_db()
    sentence = (
        "Signed on behalf of Institute of Locks by Suzie van der Berg, Director; authority stated by the signatory and "
        f"checked by the organisers on {assurance.day(row.checked_at.date())}."
    )
    assert (row.sentence, row.held_reason, row.is_reviewed) == (sentence, "", True)
    assert (letter.version.tally.persons, letter.version.tally.organizations) == (1, 1)
    for text in (page, listed):
        block = text[text.index('id="organizations"') :]
        assert sentence in block
        assert text.count("Institute of Locks, ") + text.count("Institute of Locks</bdi>") == 1
        assert "Organisations listed as such signed as organisations." in text
    assert "1 organisation has also signed." in page
    assert "1 person has signed" in page


def test_search_finds_organisations_as_well(client, letter):
    sign_and_confirm(letter, "bob")
    accept(sign_institute(letter))
    everything_public(client, letter)  # counts anew
    path = reverse("public:signatories", args=[letter.slug])

    found, of_bob, nothing = (
        words_of(client.get(path, {"q": query})) for query in ("ínstitute locks", "brandt", "zzz")
    )

    assert "Organisations Institute of Locks" in found
    assert "No person on the list matches; the organisations that do stand above." in found
    assert "Organisations Institute" not in of_bob
    assert "Nobody on the list matches." in nothing


def test_permalink_of_an_organisation_disclaims_nothing(client, letter):
    row, person = sign_institute(letter), sign_and_confirm(letter, "bob")
    accept(row)

    own, other = (client.get(f"/letters/lift/signatories/{who.public_id}/") for who in (row, person))

    assert (own.status_code, "personal capacity" in own.text, "personal capacity" in other.text) == (200, False, True)


def test_organisation_sorts_under_its_own_name(letter):
    assert sign_institute(letter).sort_name == "Institute of Locks"


@pytest.mark.database
def test_person_and_organisation_may_sign_with_one_address_and_each_once(client, letter):
    person = sign_and_confirm(letter, "suzie", email="suzie@institute.example")
    row = sign_institute(letter)

    with pytest.raises(signing.AlreadySigned):
        sign_institute(letter, display_name="Another Institute")
    assert {s.pk for s in Signature.objects.confirmed().by_address(letter, "SUZIE@institute.example")} == {
        person.pk, row.pk,
    }  # fmt: skip


# --- what ties the representative ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "website", "is_tied"),
    [
        ("suzie@institute.example", "https://institute.example/", True),
        ("suzie@mail.institute.example", "https://www.institute.example/about", True),
        ("suzie@institute.example", "https://locks.institute.example/", True),
        ("info@institute.example", "https://institute.example/", True),
        ("suzie@institute.example.evil.example", "https://institute.example/", False),
        ("suzie@evil-institute.example", "https://institute.example/", False),
        ("suzie@example.org", "https://institute.example/", False),
        ("suzie@gmail.com", "https://gmail.com/", False),
        ("suzie@github.io", "https://institute.github.io/", False),
        ("suzie@institute.co.uk", "https://other.co.uk/", False),
        ("suzie@co.uk", "https://other.co.uk/", False),
    ],
)
def test_mail_ties_at_the_organisation_s_own_domain_alone(letter, email, website, is_tied):
    row = sign_institute(letter, email=email, website=website)

    assert bool(organization.ties_of(row)) is is_tied
    if not is_tied:
        with pytest.raises(NotProven) as caught:
            accept(row)
        assert caught.value.code == "no-tie"
        row.refresh_from_db()
        assert (row.is_public, row.held_reason) == (False, "organization")


@pytest.mark.parametrize(
    ("method", "host", "website", "is_tied"),
    [
        ("dns", "institute.example", "https://www.institute.example/", True),
        ("dns", "suzie.example", "https://institute.example/", False),
        ("website", "institute.example/team/suzie", "https://institute.example/", True),
        ("website", "www.institute.example", "https://institute.example/", True),
        ("website", "suzie.example", "https://institute.example/", False),
        ("website", "medium.com/@institute/we-sign", "https://medium.com/@institute", True),
        ("website", "medium.com/@suzie", "https://medium.com/@institute", False),
        ("website", "institute.example:8443/x", "https://institute.example/", True),
    ],
)
def test_record_or_link_ties_where_it_is_the_organisation_s(letter, method, host, website, is_tied):
    row = sign_institute(letter, email="suzie@gmail.com", website=website)
    recording.record(row, [Proof(method, "account", {"host": host})], by="test")

    assert [(tie.method, tie.host) for tie in organization.ties_of(row)] == ([(method, host)] if is_tied else [])


def test_refused_organisation_is_removed(letter):
    row = sign_institute(letter)

    deciding.refuse(case_of(row).public_id, by=make_user("mona"), reason_code="not-authorised", note="No such office.")

    row.refresh_from_db()
    assert (row.state, row.is_public) == ("removed", False)


def test_restored_organisation_that_nobody_accepted_waits(letter):
    row, mona = sign_institute(letter), make_user("mona")
    deciding.refuse(case_of(row).public_id, by=mona, reason_code="not-authorised", note="No such office.")
    row.refresh_from_db()

    releasing.restore(row, by=mona)

    row.refresh_from_db()
    assert (row.state, row.held_reason, row.is_public) == ("confirmed", "organization", False)


# --- one's own page ----------------------------------------------------------------------------------------------


def mine_path(row):
    return reverse("public:mine", args=[managing.token_for(row)])


def test_own_page_says_what_is_tied_and_what_is_missing(client, letter):
    tied = words_of(client.get(mine_path(sign_institute(letter))))
    path = mine_path(sign_institute(letter, email="suzie@gmail.com"))
    loose, offered = words_of(client.get(path)), client.get(path).text

    assert "mail at institute.example" in tied
    assert "Before the organisers can print it" not in tied
    assert "Before the organisers can print it" in loose
    assert "Being checked" in loose
    assert "Confirmed by e-mail" not in tied + loose
    kinds = ("website", "dns", "work_email", "orcid", "review", "google")
    assert [kind for kind in kinds if f"/verify/{kind}/" in offered] == ["website", "dns", "work_email"]


def correct(client, row, **changes):
    form = form_with(client.get(mine_path(row)), "representative")
    return client.post(mine_path(row), {**form.fields, **changes, "action": "correct"})


def test_new_representative_is_looked_at_while_the_old_sentence_stays(client, letter):
    row = sign_institute(letter)
    accept(row)
    row.refresh_from_db()
    before = row.sentence

    answer = correct(client, row, representative="Bob Brandt", representative_position="Chair")

    row.refresh_from_db()
    assert (answer.status_code, row.sentence, row.is_public) == (303, before, True)
    assert Representation.objects.get().name == "Bob Brandt"
    accept(row, "alice")
    row.refresh_from_db()
    assert row.sentence == before.replace("Suzie van der Berg, Director", "Bob Brandt, Chair")


def test_refused_new_representative_leaves_the_old_one(client, letter):
    row = sign_institute(letter)
    accept(row)
    correct(client, row, representative="Bob Brandt")

    deciding.refuse(case_of(row).public_id, by=make_user("alice"), reason_code="not-authorised", note="Not he.")

    row.refresh_from_db()
    assert (row.state, row.is_public, Representation.objects.get().name) == ("confirmed", True, "Suzie van der Berg")


def test_correction_before_the_check_changes_the_line_and_it_goes_on_waiting(client, letter):
    row = sign_institute(letter)

    correct(client, row, display_name="Institute of Keys", country="DE")

    row.refresh_from_db()
    assert (row.display_name, row.sort_name, row.country) == ("Institute of Keys", "Institute of Keys", "DE")
    assert (row.held_reason, row.is_public) == ("organization", False)


def test_new_name_of_a_checked_organisation_is_not_printed_unlooked_at(client, letter):
    row = sign_institute(letter)
    accept(row)

    correct(client, row, display_name="Institute of Keys")
    row.refresh_from_db()
    assert (row.display_name, row.is_public) == ("Institute of Locks", True)
    managing.print_now(row.public_id)

    row.refresh_from_db()
    assert (row.display_name, row.is_public, row.held_reason) == ("Institute of Keys", False, "organization")


def test_accepted_new_name_is_in_line_and_sentence(client, letter):
    row = sign_institute(letter)
    accept(row)
    correct(client, row, display_name="Institute of Keys")

    waiting = Case.objects.waiting().get(signature=row)
    deciding.accept(waiting.public_id, by=make_user("alice"))

    row.refresh_from_db()
    assert (row.display_name, row.is_public) == ("Institute of Keys", True)
    assert row.sentence.startswith("Signed on behalf of Institute of Keys by Suzie van der Berg, Director;")
    assert not Case.objects.waiting().filter(signature=row).exists()


@pytest.mark.database
@pytest.mark.parametrize("end", [managing.withdraw, managing.erase, signing.disown])
def test_ended_signature_holds_no_representative(letter, end):
    row = sign_institute(letter)
    accept(row)

    end(row.public_id)

    assert not Representation.objects.exists()
    assert not Evidence.objects.exists()
    row.refresh_from_db()
    assert (row.display_name, row.sentence, row.proofs) == ("", "", [])


def test_own_data_hold_the_representative(client, letter):
    row = sign_institute(letter)

    data = client.get(reverse("public:mine-data", args=[managing.token_for(row)])).json()

    assert data["representation"] == {
        "name": "Suzie van der Berg", "position": "Director", "website": "https://institute.example/",
        "statement_sha256": "s" * 64,
    }  # fmt: skip
    assert set(data["consents"]) == {"statement", "consent_publish", "consent_press", "consent_updates"}


def test_page_to_confirm_names_who_signs(client, letter):
    send(client, letter)
    row = Signature.objects.get()

    text = words_of(client.get(reverse("public:confirm", args=[tokens.make(signing.CONFIRM, row.public_id)])))

    assert "Signed for this organisation by Suzie van der Berg, Director." in text


def test_signature_whose_address_is_gone_has_no_tie_by_mail(letter):
    row = sign_institute(letter)
    Signature.objects.filter(pk=row.pk).update(email_sealed=None, email_index_odd=None, email_index_even=None)
    row.refresh_from_db()

    assert organization.ties_of(row) == []


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_text_that_goes_away_in_the_same_instant_is_not_signed():
    letter = make_letter(slug="lift")
    seen = Letter.objects.select_related("version").get(pk=letter.pk)
    publishing.set_words(letter, make_words(body="Other."), by="test")

    with pytest.raises(signing.TextChanged):
        sign_institute(seen)

    assert (Signature.objects.count(), Representation.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_person_s_signature_has_no_representative_to_correct(letter):
    row = sign_and_confirm(letter, "bob")

    with pytest.raises(managing.NotStanding):
        representing.correct(row.public_id, name="A", position="B", website="https://a.example/")


def test_form_that_is_none_or_comes_too_often_is_refused(client, letter, settings):
    assert client.post(path_for(letter), b"{}", content_type="application/json").status_code == 415
    settings.SIGN_LIMIT_NETWORK, settings.REDIS_URL = 0, ""
    assert send(client, letter).status_code == 429


def test_wrong_correction_is_said_at_its_field(client, letter):
    row = sign_institute(letter)

    answer = correct(client, row, website="ftp://x")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["website"])
    assert Representation.objects.get().website == "https://institute.example/"


def test_same_correction_twice_asks_once(client, letter):
    row = sign_institute(letter)
    accept(row)

    correct(client, row, representative="Bob Brandt")
    correct(client, row, representative="Bob Brandt")

    assert Case.objects.waiting().filter(signature=row).count() == 1
    assert case_of(row).is_holding is False
