"""Translations: beside the text, marked for what they are, and never overwritten unseen."""

import pytest
from django.urls import reverse

from letters.documents import amending, languages, translating
from letters.documents.models import Letter, Translation
from tests.desk import writing
from tests.factories import make_letter, make_user, make_words
from tests.public.visitor import form_with, forms_in, words_of

pytestmark = pytest.mark.django_db
GERMAN = {
    "title": "Hebt die Sperre auf",
    "subtitle": "Ein offener Brief",
    "dateline_place": "Den Haag",
    "salutation": "Sehr geehrte Frau Ministerin,",
    "body": "Wir finden Lücken **vor** anderen.",
    "closing": "Mit freundlichen Grüßen",
    "addressee-0-name": "Jo Doe",
    "addressee-0-office": "Ministerin",
    "addressee-0-organization": "Handelsministerium",
    "demand-0": "Hebt die Sperre auf.",
    "demand-1": "Veröffentlicht die *Kriterien*.",
    "translator": "Tina Tolk",
}


@pytest.fixture
def letter():
    return make_letter(slug="lift")


@pytest.fixture
def alice(client, letter):
    user = make_user("alice", is_staff=True)
    client.force_login(user)
    return user


def path(language=""):
    return (
        reverse("desk:translate", args=["lift", language]) if language else reverse("desk:translations", args=["lift"])
    )


def begin(client, language="de", **changes):
    """What the empty form of a new translation sends, filled in."""
    answer = client.post(path(), {"language": language})
    assert answer.url == path(language)
    return {**form_with(client.get(path(language)), "body").fields, **GERMAN, **changes}


def published(client, language="de", **changes):
    data = begin(client, language, **changes)
    answer = client.post(path(language), {**data, "action": "save-publish"})
    assert answer.status_code == 303
    return Translation.objects.get(language=language)


def read(client, query="?language=de"):
    return client.get(reverse("public:letter", args=["lift"]) + query)


def test_text_of_several_lines_is_stored_as_browsers_send_it(client, letter, alice):
    published(client, body="Erstens.[^1]\r\n\r\nZweitens.\r\n\r\n[^1]: Anmerkung.")

    assert Translation.objects.get().body == "Erstens.[^1]\n\nZweitens.\n\n[^1]: Anmerkung."
    assert "<p>Zweitens.</p>" in read(client).content.decode()


def test_translation_is_one_address_with_its_language_status_and_translator(client, letter, alice):
    published(client, status="reviewed")

    page = read(client)
    words, html = words_of(page), page.content.decode()

    assert "Hebt die Sperre auf" in words
    assert "Reviewed translation, by Tina Tolk" in words
    assert '<article class="letter" lang="de" dir="ltr">' in html
    assert "<strong>vor</strong>" in html
    assert 'hreflang="de" href="http' in html
    assert letter.version.sha256 in words  # what is signed stays the text
    assert "English" in words
    original = read(client, "").content.decode()
    assert 'hreflang="x-default"' in original
    assert "?language=de" in original


def test_translation_from_right_to_left_says_so(client, letter, alice):
    published(client, "ar", title="ارفعوا القيود")

    assert '<article class="letter" lang="ar" dir="rtl">' in read(client, "?language=ar").content.decode()


def test_sign_page_says_which_language_is_signed(client, letter, alice):
    published(client)

    assert "You sign the text in English" in words_of(client.get(reverse("public:sign", args=["lift"])))


@pytest.mark.parametrize("language", ["fr", "xx", "%00", "DE-x-y"])
def test_language_that_is_not_published_leads_to_the_text(client, letter, alice, language):
    published(client)
    begin(client, "fr")

    answer = read(client, f"?language={language}")

    assert (answer.status_code, answer.url) == (302, reverse("public:letter", args=["lift"]))


def test_taken_back_it_is_gone_from_readers(client, letter, alice):
    published(client)
    tag = read(client, "").headers["ETag"]

    client.post(path("de"), {"action": "hide"})

    assert read(client).status_code == 302
    assert read(client, "").headers["ETag"] != tag
    assert "hreflang" not in read(client, "").content.decode()


def test_fix_of_the_text_makes_it_older_until_it_is_saved_again(client, letter, alice):
    published(client)
    amending.amend(letter, make_words(closing="Yours"), note="x", by=alice)

    assert "This translation is older than the text" in words_of(read(client))
    assert "older than the text" in words_of(client.get(path()))
    form = form_with(client.get(path("de")), "body").fields
    client.post(path("de"), {**form, "action": "save"})
    assert "older than the text" not in words_of(read(client))


def test_saved_beside_an_older_text_it_stays_older(client, letter, alice):
    data = begin(client)
    amending.amend(letter, make_words(closing="Yours"), note="x", by=alice)

    client.post(path("de"), {**data, "action": "save"})

    assert translating.is_older(Translation.objects.get(), Letter.objects.select_related("amendment").get().shown)


def test_second_writer_sees_the_first_change_and_loses_nothing(client, letter, alice):
    data = begin(client)
    client.post(path("de"), {**data, "action": "save"})

    answer = client.post(path("de"), {**data, "title": "Meiner", "action": "save"})

    assert answer.status_code == 409
    assert "Somebody else saved this translation meanwhile." in words_of(answer)
    assert "[taken out: Hebt die Sperre auf end]" in words_of(answer)
    form = form_with(answer, "body").fields
    assert form["title"] == "Meiner"
    assert client.post(path("de"), {**form, "action": "save"}).status_code == 303
    assert Translation.objects.get().title == "Meiner"


def test_translation_with_a_missing_part_is_saved_but_not_published(client, letter, alice):
    data = begin(client, **{"demand-1": ""})

    answer = client.post(path("de"), {**data, "action": "save-publish"})

    assert answer.status_code == 409
    assert "These parts have no translation yet: demands. Fill them in" in words_of(answer)
    assert words_of(answer).count("(optional)") == 1  # who translated it
    row = Translation.objects.get()
    assert (row.title, row.is_public) == ("Hebt die Sperre auf", False)


def test_translation_of_a_draft_is_published_when_there_is_a_text(db):
    letter, user = writing.begin()
    row = translating.add(letter, "de", by=user)

    with pytest.raises(translating.NotWhole, match="still a draft"):
        translating.publish(row, by=user)


def test_too_long_a_part_is_refused_at_its_field_and_kept(client, letter, alice):
    data = begin(client, title="x" * 201)

    answer = client.post(path("de"), {**data, "action": "save"})

    assert answer.status_code == 422
    assert form_with(answer, "body").fields["title"] == "x" * 201


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Wir \u202efinden\u202c"},
        {"demand-1": "x\u200by"},
        {"translator": "T\u2067"},
        {"addressee-0-name": "x\u200b"},
    ],
)
def test_what_readers_would_not_see_is_refused_and_kept(client, letter, alice, changes):
    data = begin(client, **changes)

    answer = client.post(path("de"), {**data, "action": "save-publish"})

    row = Translation.objects.get()
    assert (answer.status_code, row.title, row.is_public) == (422, "", False)
    errors = answer.context["form"].errors
    assert list(errors) == list(changes)
    assert all("a sign that nobody sees" in str(errors[name]) for name in changes)
    assert {name: form_with(answer, "body").fields[name] for name in changes} == changes


@pytest.mark.parametrize("language", ["", "en", "klingon"])
def test_language_that_cannot_be_begun_is_refused(client, letter, alice, language):
    assert client.post(path(), {"language": language}).status_code == 422
    assert Translation.objects.count() == 0


def test_language_is_begun_once(client, letter, alice):
    begin(client)

    assert client.post(path(), {"language": "de"}).status_code == 422


def test_translation_of_a_draft_is_possible_and_unpublished(client, alice):
    make_letter(slug="early", state="draft")

    answer = client.post(reverse("desk:translations", args=["early"]), {"language": "de"})

    page = client.get(answer.url)
    assert page.status_code == 200
    assert [form for form in forms_in(page) if "body" in form.fields] != []


@pytest.mark.parametrize("amount", [1, 3])
def test_list_costs_the_same_for_one_and_for_many(client, letter, alice, amount, django_assert_num_queries):
    for language in ("de", "fr", "ar")[:amount]:
        translating.add(letter, language, by=alice)

    with django_assert_num_queries(4):
        client.get(path())


@pytest.mark.parametrize(
    ("tag", "name"), [("de", "Deutsch"), ("ar", "العربيّة"),
     ("pt-br", "Português Brasileiro"), ("de-ch", "Deutsch (de-ch)"),
     ("xx", "xx")]
)  # fmt: skip
def test_languages_are_called_by_their_own_names(tag, name):
    assert languages.own_name(tag) == name
