"""What the preview in the editor shows beyond the words: nothing in it can be pressed by mistake."""

import re

import pytest
import time_machine
from django.urls import reverse

from letters.accounts.models import Team
from letters.documents import drafting, launching
from letters.documents.models import Letter
from tests.desk.writing import begin, typed
from tests.factories import make_user
from tests.public.visitor import form_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(client):
    letter, alice = begin()
    client.force_login(alice)
    return letter


def preview(client, letter, **changes):
    return client.post(reverse("desk:preview", args=[letter.slug]), typed(**changes)).content.decode()


def test_nothing_in_the_preview_leads_anywhere_but_the_links_of_the_text(client, letter):
    page = preview(client, letter, body="See [the report](https://example.org/r), and more[^1].\n\n[^1]: A *note*.")

    anchors = re.findall(r"<a\b[^>]*>", page)
    leading = [anchor for anchor in anchors if re.search(r'\shref="(?!#)', anchor)]
    assert leading == ['<a href="https://example.org/r" rel="nofollow noopener" target="_blank">']
    assert len([anchor for anchor in anchors if 'aria-disabled="true"' in anchor]) > 5
    assert "<form" not in page
    assert "<script" not in page


def test_footnotes_of_the_preview_lead_to_their_notes(client, letter):
    page = preview(client, letter, body="Known[^1].\n\n[^1]: Report.")

    mark = re.search(r'<a href="#(fn-[^"]+)"', page)[1]
    assert f'id="{mark}"' in page
    assert "<base" not in page


def of_main(page):
    """The words of a page between its header and its footer."""
    html = page.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") : html.index("</main>")]).split())


@time_machine.travel("2026-12-01 12:00", tick=False)
def test_preview_is_word_for_word_the_page_that_readers_get(client, letter):
    path = reverse("desk:write", args=[letter.slug])
    client.post(path, typed(body="Known[^1].\n\n[^1]: Report."))
    Letter.objects.update(
        organisers=[{"name": "Circle", "role": "author", "funding": "nobody", "interests": "none"}],
        initiators=[{"name": "Jo Roe", "position": "Clerk", "affiliation": ""}],
        faq=[{"question": "Why now?", "answer": "*Because*."}],
        contact="press@example.org",
        eligibility="Anybody.",
        language="de",
    )
    before = client.get(reverse("desk:preview", args=[letter.slug]))

    launching.launch(Letter.objects.get(), by="user:1")

    assert of_main(before) == of_main(client.get(f"/letters/{letter.slug}/"))


def test_list_that_two_people_changed_holds_the_rows_of_both(client, letter):
    path = reverse("desk:write", args=[letter.slug])
    client.post(path, typed())
    theirs = {**drafting.words_for(letter), "demands": ["Lift the restriction.", "Bob's."]}
    drafting.save(letter, theirs, based_on=2, by=make_user("bob"))

    answer = client.post(path, typed(based_on="2", demands__1__text="Alice's."))

    assert answer.status_code == 409
    fields = form_with(answer, "body").fields
    rows = [value for name, value in fields.items() if name.startswith("demands-")]
    assert rows == ["Lift the restriction.", "Alice's.", "Bob's."]
    client.post(path, {**fields, "action": "save"})
    assert drafting.words_for(letter)["demands"] == rows


def test_refused_first_letter_leaves_no_team_behind_and_keeps_what_was_typed(client):
    client.force_login(make_user("bob"))
    sent = {"title": "Lift it", "team_name": "Circle", "language": "de", "slug": "No_Address"}

    answer = client.post(reverse("desk:letter-new"), sent)

    assert answer.status_code == 422
    assert {name: form_with(answer, "title").fields[name] for name in sent} == sent
    assert (Letter.objects.count(), Team.objects.count()) == (0, 0)
