"""Signing without the name in print, at the door: the form, the own page, the list, the read interface."""

import pytest
from django.urls import reverse

from letters.press import proofs, sequencing
from letters.signatures import anonymising, counting, listing_unnamed, managing
from letters.signatures.anonymous_lines import Words
from letters.signatures.models import AnonymousLine, Signature
from tests import anonymous
from tests.factories import make_letter, make_signature, sign_and_confirm
from tests.moderation.people import reviewer
from tests.public.visitor import deliver, forms_in, link_in, send, words_of

pytestmark = pytest.mark.django_db

TICKED = {"consent_publish": "", "is_anonymous": "on", "consent_comment": "on"}
SENTENCE = "Name known to and checked by the organisers on"


@pytest.fixture
def letter():
    return make_letter(slug="lift", offers_anonymous=True)


@pytest.fixture
def mona():
    return reviewer()


def own(row):
    return reverse("public:mine", args=[managing.token_for(row)])


def act(client, row, action, **fields):
    response = client.post(own(row), {"action": action, **fields})
    row.refresh_from_db()
    return response


def listed(client, query=""):
    counting.refresh()
    return client.get(f"/letters/lift/signatories/{query}")


def test_a_letter_that_does_not_offer_it_asks_nobody(client):
    make_letter(slug="plain")

    page = client.get("/letters/plain/sign/")

    assert "is_anonymous" not in forms_in(page)[0].fields
    assert "Only the first is needed to sign." in words_of(page)
    refused = send(client, Signature(letter=make_letter()).letter, **TICKED)
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        ({"consent_publish": "", "is_anonymous": ""}, "Tick this consent or the one below it"),
        ({"consent_publish": "on", "is_anonymous": "on"}, "Tick one of the two: with your name, or without it."),
        ({**TICKED, "position": "", "affiliation": ""}, "Give your position or your affiliation"),
        ({**TICKED, "affiliation": "Practice of Suzie van der Berg"}, "The name stands in these words."),
    ],
)
def test_one_of_the_two_consents_is_needed(client, letter, ticked, said):
    refused = send(client, letter, **ticked)

    assert refused.status_code == 422
    assert said in words_of(refused)
    assert not Signature.objects.exists()


def test_form_preview_mail_and_confirmation_show_what_is_printed(client, letter, mailoutbox):
    preview = send(client, letter, **TICKED, action="preview")
    assert preview.context["preview"].name == ""
    assert preview.context["preview"].description == "Professor of Cryptography, University X (emeritus)"

    send(client, letter, **TICKED)
    (mail,) = deliver(mailoutbox)
    page = client.get(link_in(mail, "/confirm/"))

    assert "Suzie van der Berg" not in words_of(page)
    assert "Professor of Cryptography, University X (emeritus)" in words_of(page)
    assert "Your name is not printed." in words_of(page)
    welcome = client.post(link_in(mail, "/confirm/"), follow=True)
    assert "The organisers check your name. Until then nothing is printed" in words_of(welcome)
    assert AnonymousLine.objects.get().checked_at is None


def test_the_list_shows_the_line_in_a_block_of_its_own(client, letter, mona):
    sign_and_confirm(letter, "bob")
    signature, _line = anonymous.printed(letter, mona)

    page = listed(client)

    shown = words_of(page)
    assert [line.label for line in page.context["unnamed"]] == ["Professor of Cryptography, University X"]
    assert shown.index("Names withheld") > shown.index("Bob Brandt")
    assert SENTENCE in shown
    assert "Suzie" not in shown
    assert str(signature.public_id) not in page.text
    assert words_of(listed(client, "?q=cryptography")).count("Professor of Cryptography, University X") == 1
    assert [listed(client, q).context["unnamed"] for q in ("?q=suzie", "?q=netherlands", "?evidence=reviewed")] == [
        []
    ] * 3


@pytest.fixture
def many(letter):
    """Seven lines without a name; two say the same, and two are longer than a cursor."""
    long = "Professor of " + "ж" * 120
    rows = []
    for number, position in enumerate(["Dean", "Dean", "Actor", "Zoo keeper", "Baker", long + "a", long + "b"]):
        signature = make_signature(letter, state="hidden", position=position)
        line = AnonymousLine(signature=signature, asked_at=signature.signed_at, checked_at=signature.signed_at)
        line.say(Words(position, f"University {number % 2}"))
        line.save()
        rows.append(line)
    counting.refresh()
    return AnonymousLine.objects.in_order()


def test_the_read_interface_turns_pages_that_hold_each_line_once_and_in_order(client, many):
    found, address = [], "/api/v1/letters/lift/anonymised?limit=2"
    while address:
        answer = client.get(address)
        assert (answer.json()["next"] is not None) == ('rel="next"' in answer.headers.get("Link", ""))
        found += [item["line_id"] for item in answer.json()["items"]]
        address = answer.json()["next"]

    assert found == [str(line.public_id) for line in many]


def test_a_line_that_ends_while_somebody_turns_pages_leaves_none_out(client, many):
    lines = list(many)
    for place, last in enumerate(lines[:-1], 1):
        following = client.get(f"/api/v1/letters/lift/anonymised?limit={place}").json()["next"]
        following = following.replace(f"limit={place}", "limit=100")
        AnonymousLine.objects.end(last.signature, last.asked_at)

        found = [item["line_id"] for item in client.get(following).json()["items"]]

        assert found[-1:] == [str(lines[-1].public_id)]
        assert {str(line.public_id) for line in lines[place:]} <= set(found)
        AnonymousLine.objects.filter(pk=last.pk).delete()
        last.pk = None
        last.save()


def test_the_read_interface_searches_them_and_refuses_a_place_that_is_none(client, many):
    path = "/api/v1/letters/lift/anonymised"

    assert [item["position"] for item in client.get(f"{path}?q=dean").json()["items"]] == ["Dean", "Dean"]
    for cursor in ("AAAA", "A" * 24, "A" * 300):
        assert client.get(path, {"after": cursor}).status_code == 400
    assert client.get(path, {"after": "A" * 301}).status_code == 422


def test_the_list_turns_pages_of_them_by_themselves(client, letter, many, monkeypatch):
    monkeypatch.setattr(listing_unnamed.page, "__kwdefaults__", {**listing_unnamed.page.__kwdefaults__, "size": 3})
    sign_and_confirm(letter, "bob")
    counting.refresh()
    address, pages = "/letters/lift/signatories/", []
    while address:
        page = client.get(address)
        pages.append(page)
        assert [line.name for line in page.context["lines"]] == ["Bob Brandt"]
        address = page.context["unnamed_pages"]["next_url"].partition("#")[0]

    shown = [[line.label for line in page.context["unnamed"]] for page in pages]
    back = client.get(pages[2].context["unnamed_pages"]["previous_url"])
    assert [label for labels in shown for label in labels] == [line.label for line in many]
    assert [line.label for line in back.context["unnamed"]] == shown[1]
    assert [page.context["unnamed_pages"]["is_first"] for page in pages] == [True, False, False]
    assert "Pages of the names withheld" in pages[1].text


def test_nothing_is_shown_while_all_names_are_hidden(client, letter, mona):
    anonymous.printed(letter, mona)
    type(letter).objects.update(names_hidden_at="2026-11-23T00:00Z")

    assert "Professor" not in listed(client).text
    assert client.get("/api/v1/letters/lift/anonymised").status_code == 403


def test_the_read_interface_has_the_lines_and_counts_them_apart(client, letter, mona):
    sign_and_confirm(letter, "bob")
    _signature, line = anonymous.printed(letter, mona)
    counting.refresh()

    answer = client.get("/api/v1/letters/lift/anonymised").json()
    counts = client.get("/api/v1/letters/lift/counts").json()

    (item,) = answer["items"]
    assert (item["line_id"], item["position"], item["affiliation"]) == (str(line.public_id), *line.words)
    assert SENTENCE in item["verification_sentence"]
    assert (counts["persons"], counts["withheld"], counts["anonymised"]) == (1, 1, 1)
    assert len(client.get("/api/v1/letters/lift/signatories").json()["items"]) == 1


def test_the_own_page_withholds_the_name_with_a_consent(client, letter):
    row = sign_and_confirm(letter)
    words = {"unnamed_position": "Professor", "unnamed_affiliation": "a university"}

    without = act(client, row, "withhold-name", **words)
    assert (without.status_code, row.hidden_at) == (422, None)
    assert "Tick this consent" in words_of(without)
    act(client, row, "withhold-name", **words, consent_unnamed="on")

    line = AnonymousLine.objects.of(row)
    assert (line.words, line.consent_text_sha256) == (Words("Professor", "a university"), anonymising.consent_sha256())
    assert row.hidden_at is not None
    shown = client.get(own(row))
    assert "Will be printed after the check" in words_of(shown)
    assert [(one["name"], one["given"]) for one in shown.context["consents"]][:2] == [
        ("is_anonymous", True), ("consent_publish", False),
    ]  # fmt: skip


def test_the_name_comes_back_by_a_consent_of_its_own(client, letter, mona):
    row, _line = anonymous.printed(letter, mona)

    refused = act(client, row, "show")
    assert (refused.status_code, row.is_public) == (409, False)
    assert "Tick the consent first" in words_of(refused)
    before = row.consent_text_sha256
    act(client, row, "show", consent_publish="on")

    assert row.is_public
    assert row.consent_text_sha256 != before


def test_who_hid_a_line_without_a_name_has_no_name_printed_without_a_consent(client, letter, mona):
    row, _line = anonymous.printed(letter, mona)
    act(client, row, "hide")
    assert words_of(client.get(own(row))).count("Yes: ") == 0  # nothing of what they agreed to is printed now

    refused = act(client, row, "show")  # the button of a line that was hidden says «Print my line again»

    assert (refused.status_code, row.is_public) == (409, False)
    assert "Print my line again" not in words_of(refused)
    act(client, row, "show", consent_publish="on")
    assert row.is_public


def test_who_only_hid_the_line_has_it_back_by_the_button(client, letter):
    row = sign_and_confirm(letter)
    act(client, row, "hide")

    act(client, row, "show")

    assert row.is_public


def test_the_name_is_deleted_by_the_page_and_the_list_says_so(client, letter, mona):
    row, _line = anonymous.printed(letter, mona)

    act(client, row, "delete-name")

    page = client.get(own(row))
    assert row.display_name == "Name withheld"
    assert "Suzie" not in page.text
    assert [
        form for form in forms_in(page) if "display_name" in form.fields or ("action", "show") in form.buttons
    ] == []
    assert "name deleted after the check." in words_of(listed(client))


def test_the_receipt_proves_the_line_and_not_the_one_that_was_hidden(client, letter, mona):
    row = anonymous.ask(letter)
    sequencing.run()
    hidden = proofs.receipt_of(row)

    anonymous.accept(row, mona)
    sequencing.run()

    printed = proofs.receipt_of(row)
    assert ('"b":"withheld"' in hidden.entry, '"b":"anonymised"' in printed.entry) == (True, True)
    assert client.get(own(row)).context["receipt"].index == printed.index > hidden.index


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_many(client, letter, mona, item_count, django_assert_num_queries):
    for number in range(item_count):
        signature = make_signature(letter, state="hidden", position=f"Position {number}")
        line = AnonymousLine(signature=signature, asked_at=signature.signed_at, checked_at=signature.signed_at)
        line.say(Words(signature.position, "University X"))
        line.save()
    counting.refresh()

    with django_assert_num_queries(4):
        page = client.get("/letters/lift/signatories/")

    assert len(page.context["unnamed"]) == item_count
