"""A journalist's question reaches whoever agreed to be asked, and tells nobody's address to anybody else."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.transaction import atomic
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from letters.core.errors import LinkInvalid
from letters.documents import launching
from letters.ledger.models import AuditEvent
from letters.outbox import sending
from letters.outbox.models import Message
from letters.press import relaying
from letters.press.models import Question
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_version

pytestmark = pytest.mark.django_db
JOURNALIST = "jo@paper.example"
TEXT = "Why did you, of all people, sign this letter?"
SUZIE = "suzie@uni.example"


@pytest.fixture
def row():
    return make_signature(make_letter(slug="lift"), consent_press=True, email=SUZIE)


def ask(row, email=JOURNALIST, text=TEXT):
    relaying.ask(row, relaying.Asked("Jo Press", "The Paper", email, text))
    return Question.objects.latest("id")


def passed_on(row, **asked):
    question = ask(row, **asked)
    relaying.confirm(question.public_id)
    return question


def to(mailoutbox, address):
    return [mail for mail in mailoutbox if mail.to == [address]]


def test_nothing_reaches_the_signatory_before_the_address_is_confirmed(row, mailoutbox):
    ask(row)
    sending.deliver_due()

    assert to(mailoutbox, SUZIE) == []
    (mail,) = to(mailoutbox, JOURNALIST)
    assert TEXT not in mail.body
    assert SUZIE not in mail.message().as_string()


def test_the_question_comes_with_a_way_to_answer_and_a_way_out(row, mailoutbox):
    passed_on(row)
    sending.deliver_due()

    (mail,) = to(mailoutbox, SUZIE)
    assert TEXT in mail.body
    assert "Jo Press (The Paper)" in mail.body
    assert mail.extra_headers["Reply-To"] == JOURNALIST
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    assert mail.extra_headers["X-Auto-Response-Suppress"] == "All"
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(SUZIE not in found.message().as_string() for found in to(mailoutbox, JOURNALIST))


def test_one_click_ends_questions_and_keeps_back_what_waits(client, row, mailoutbox):
    passed_on(row)
    address = reverse("public:questions-stop", args=[relaying.stop_token_for(row)])

    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    sending.deliver_due()

    assert to(mailoutbox, SUZIE) == []
    assert Question.objects.get().content == {}
    assert client.get(f"/letters/lift/signatories/{row.public_id}/ask/").status_code == 404
    client.post(address, {"action": "renew"})
    assert Signature.objects.get().consent_press is True


@pytest.mark.parametrize("state", ["hidden", "held", "withdrawn", "removed", "erased", "sample", "pending"])
def test_whoever_cannot_be_read_cannot_be_asked(client, state):
    row = make_signature(make_letter(slug="lift"), consent_press=True, state=state)

    with pytest.raises(relaying.NotAsked):
        ask(row)
    assert client.get(f"/letters/lift/signatories/{row.public_id}/ask/").status_code == 404


def test_whose_address_was_deleted_after_the_end_is_asked_nothing(client, row):
    """The line stands for good; the address goes a month after the letter closed."""
    waiting = ask(row)
    gone = {"email_sealed": None, "email_index_odd": None, "email_index_even": None}
    Signature.objects.filter(pk=row.pk).update(**gone)
    row.refresh_from_db()

    with pytest.raises(relaying.NotAsked):
        ask(row)
    with pytest.raises(relaying.NotAsked):
        relaying.confirm(waiting.public_id)
    assert relaying.counts_of(row.letter)["talking"] == 0
    assert "Suzie" not in client.get("/letters/lift/press/people/").content.decode()


def test_a_link_opens_its_own_question_and_its_own_line_alone(row):
    """Each of them among others, older and newer ones."""
    other = make_signature(row.letter, consent_press=True)
    asked = [ask(line, email=f"jo{number}@paper.example") for number, line in enumerate((other, row, other))]

    assert [relaying.find(relaying.token_for(question)) for question in asked] == asked
    for line in (row, other):
        assert relaying.find_line(relaying.stop_token_for(line)) == line


def test_questions_end_under_every_version_and_nobody_elses_end(row):
    elsewhere = make_signature(consent_press=True, email=SUZIE)
    make_version(row.letter)
    twin = make_signature(row.letter, consent_press=True, email=SUZIE)
    colleague = make_signature(row.letter, consent_press=True)
    old, new, other = ask(row), ask(twin), ask(colleague)
    left = make_signature(row.letter, state="withdrawn")
    relaying.set_asked(left.public_id, wanted=True)
    assert Signature.objects.get(pk=left.pk).consent_press is False

    relaying.set_asked(twin.public_id, wanted=False)

    talking = Signature.objects.filter(consent_press=True)
    assert set(talking) == {elsewhere, colleague}
    kept = {question.pk: question.content for question in Question.objects.all()}
    assert [kept[question.pk] == {} for question in (old, new, other)] == [True, True, False]
    assert list(Question.objects.order_by("pk").values_list("signature", flat=True)) == [None, None, colleague.pk]
    assert list(Message.objects.values_list("subject_id", flat=True)) == [other.public_id]
    changed = [Signature.objects.get(pk=line.pk).changed_at > line.changed_at for line in (row, twin, colleague)]
    assert changed == [True, True, False]
    event = AuditEvent.objects.get(action="consents-changed")
    assert (event.actor, event.detail) == ("signatory", "questions-off")
    relaying.set_asked(twin.public_id, wanted=False)
    assert AuditEvent.objects.filter(action="consents-changed").count() == 1


def test_whoever_did_not_agree_cannot_be_asked(client):
    row = make_signature(make_letter(slug="lift"))

    with pytest.raises(relaying.NotAsked):
        ask(row)
    assert "Ask a question" not in client.get(f"/letters/lift/signatories/{row.public_id}/").content.decode()


def test_somebody_who_leaves_between_is_not_asked(row):
    question = ask(row)
    managing.withdraw(row.public_id)

    with pytest.raises(relaying.NotAsked):
        relaying.confirm(question.public_id)
    with pytest.raises(LinkInvalid):
        relaying.find(relaying.token_for(question))


def test_one_person_is_asked_five_times_a_week(row):
    for number in range(relaying.MOST_FOR_ONE):
        passed_on(row, email=f"jo{number}@paper.example")

    with pytest.raises(relaying.TooMany, match="asked several times"):
        passed_on(row)
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        passed_on(row)


def test_one_address_asks_twenty_times_a_week():
    letter = make_letter()
    for _number in range(relaying.MOST_OF_ONE):
        passed_on(make_signature(letter, consent_press=True))

    with pytest.raises(relaying.TooMany, match="asked many people"):
        passed_on(make_signature(letter, consent_press=True))
    passed_on(make_signature(letter, consent_press=True), email="ann@paper.example")
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        passed_on(make_signature(letter, consent_press=True))


def test_confirming_twice_sends_once(row):
    question = passed_on(row)
    relaying.confirm(question.public_id)

    assert Message.objects.filter(kind="question").count() == 1


def test_words_go_after_a_month_and_the_count_stays(row):
    passed_on(row)
    ask(row)

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        relaying.purge(now=timezone.now())

    kept = Question.objects.get()
    assert (kept.content, kept.signature, kept.recipient_index) == ({}, None, None)
    assert relaying.counts_of(row.letter) == {"asked": 1, "passed": 1, "talking": 1}


def test_the_organisers_learn_how_many_were_asked_of_this_letter_and_who_talks_under_its_present_text(row):
    passed_on(row)
    ask(row)
    passed_on(make_signature(consent_press=True))
    make_version(row.letter)
    for fields in ({"consent_press": True}, {"consent_press": True}, {}):
        make_signature(row.letter, **fields)
    make_signature(row.letter, consent_press=True, state="held")

    assert relaying.counts_of(row.letter) == {"asked": 2, "passed": 1, "talking": 2}


def test_the_signatory_sees_what_is_stored_and_nothing_that_nobody_confirmed(row):
    passed_on(row)
    ask(row, text="Somebody typed this under a name that is not theirs.")
    passed_on(make_signature(row.letter, consent_press=True), text="What do you, of all people, say to this?")

    (found,) = relaying.data_of(row)
    assert (found["name"], found["text"]) == ("Jo Press", TEXT)


def test_the_form_refuses_with_a_sentence_and_keeps_what_was_typed(client, row):
    address = f"/letters/lift/signatories/{row.public_id}/ask/"
    good = {"name": "Jo", "outlet": "The Paper", "email": JOURNALIST, "text": TEXT, "deadline": ""}
    for field, value, sentence in (
        ("text", "Look at https://evil.example, please do", "Leave web addresses out"),
        ("text", "Why?", "Write the question out"),
        ("deadline", "2020-01-01", "Choose today or a day within three months."),
        ("email", "jo", "@"),
        ("outlet", "", "Enter for whom you write."),
    ):
        response = client.post(address, {**good, field: value})
        assert (field, response.status_code) == (field, 422)
        assert sentence in response.content.decode()
        assert "of all people" in response.content.decode() or field == "text"
    assert Question.objects.count() == 0

    assert client.post(address, good).status_code == 200
    link = reverse("public:question", args=[relaying.token_for(Question.objects.get())])
    assert TEXT in client.get(link).content.decode()
    assert Question.objects.get().passed_at is None
    client.post(link)
    assert Question.objects.get().passed_at is not None


def test_the_page_of_those_who_talk_lists_them_alone(client, row, django_assert_num_queries):
    make_signature(row.letter, display_name="Silent Sam")

    with django_assert_num_queries(3):
        body = client.get("/letters/lift/press/people/").content.decode()

    assert "Suzie van der Berg" in body
    assert "Silent Sam" not in body


def test_nobody_is_asked_while_the_organisers_hide_all_names(row, mailoutbox):
    waiting = ask(row)
    passed_on(row, email="ann@paper.example")
    launching.hide_names(row.letter, by="user:1")

    with pytest.raises(relaying.NotAsked):
        relaying.confirm(waiting.public_id)
    sending.deliver_due()
    assert to(mailoutbox, SUZIE) == []


def test_of_two_that_are_confirmed_at_once_the_second_counts_the_first(row):
    """Whoever confirms holds all questions to this person and of this address, in one order."""
    other = make_signature(row.letter, consent_press=True)
    mine, to_the_same, by_the_same = ask(row), ask(row, email="ann@paper.example"), ask(other)
    ask(other, email="ann@paper.example")

    with CaptureQueriesContext(connection) as queries, atomic():
        assert relaying._locked(mine.public_id) == mine

    (found,) = [query["sql"] for query in queries if "ORDER BY" in query["sql"] and " OR " in query["sql"]]
    assert "FOR NO KEY UPDATE" in found or not connection.features.has_select_for_update
    with connection.cursor() as cursor:
        cursor.execute(found)
        ids = [line[0] for line in cursor.fetchall()]
    assert ids == [mine.pk, to_the_same.pk, by_the_same.pk]
