import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from letters.accounts.models import User
from letters.ledger.models import AuditEvent
from letters.moderation import cases, deciding, queue
from letters.moderation.models import Case, Upload
from letters.signatures.models import Signature
from letters.verification import proving
from letters.verification.providers.base import Attachment
from tests.factories import CAST, make_letter, make_signature, make_team, sign_and_confirm
from tests.moderation.files import PDF
from tests.public.visitor import words_of

pytestmark = pytest.mark.django_db


def path_of(case):
    return reverse("desk:case", args=[case.letter.slug, case.public_id])


def case_of(letter=None, reason="mixed-script", **fields):
    return cases.open_case(sign_and_confirm(letter or make_letter()), reason, is_holding=True, **fields)


def some_cases(letter, amount):
    return [cases.open_case(make_signature(letter), "mixed-script", is_holding=True) for _ in range(amount)]


@pytest.mark.parametrize("item_count", [1, 3])
def test_queue_costs_the_same_for_one_and_for_many(desk, item_count, django_assert_num_queries):
    letter = make_letter()
    some_cases(letter, item_count)

    with django_assert_num_queries(7):  # session, user, letter, counts, page, just decided, audit
        page = desk.get(reverse("desk:queue", args=[letter.slug]))

    assert page.text.count("queue__row") == item_count


@pytest.mark.parametrize("item_count", [1, 3])
def test_home_costs_the_same_for_one_and_for_many(desk, item_count, django_assert_num_queries):
    for _ in range(item_count):
        some_cases(make_letter(), 1)

    with django_assert_num_queries(5):
        page = desk.get(reverse("desk:home"))

    assert f"{item_count} case" in words_of(page)


def test_home_shows_the_oldest_first_and_says_what_is_late(desk):
    fresh, old, idle = make_letter(title="Fresh"), make_letter(title="Old"), make_letter(title="Idle")
    some_cases(fresh, 2)
    some_cases(old, 1)
    long_ago = timezone.now() - timedelta(days=3)
    Case.objects.filter(letter=old).update(opened_at=long_ago, due_at=long_ago)

    text = words_of(desk.get(reverse("desk:home")))

    assert text.index("Old") < text.index("Fresh") < text.index(idle.title)
    assert "3 cases wait for you" in text
    assert "1 of them is later than promised" in text


def test_pages_follow_each_other_without_gap_or_repetition(desk):
    letter = make_letter()
    wanted = [case.public_id for case in some_cases(letter, 7)]
    Case.objects.update(due_at=timezone.now())  # equal times: the row id parts them

    found, after = [], ""
    while True:
        page = queue.page(letter, after=after, size=3)
        found += [case.public_id for case in page.rows]
        if not page.after:
            break
        after = page.after

    assert found == wanted


@pytest.mark.parametrize("cursor", ["x", "", "%00", "A" * 22, "é", "AAAA"])
def test_a_foreign_cursor_is_the_beginning_or_the_end_and_no_fault(desk, cursor):
    letter = make_letter()
    some_cases(letter, 1)

    assert desk.get(reverse("desk:queue", args=[letter.slug]), {"after": cursor}).status_code == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Late", "Fresh"]),
        ({"reason": "spike"}, ["Fresh"]),
        ({"reason": "no-such"}, ["Late", "Fresh"]),
        ({"age": "late"}, ["Late"]),
        ({"age": "today"}, ["Fresh"]),
        ({"age": "older"}, ["Late"]),
        ({"reason": "spike", "age": "late"}, []),
    ],
)
def test_filters(desk, query, names):
    letter, long_ago = make_letter(), timezone.now() - timedelta(days=3)
    late = cases.open_case(make_signature(letter, display_name="Late"), "mixed-script")
    Case.objects.filter(pk=late.pk).update(opened_at=long_ago, due_at=long_ago)
    cases.open_case(make_signature(letter, display_name="Fresh"), "spike")

    page = queue.page(letter, reason=query.get("reason", ""), age=query.get("age", ""))

    assert [case.signature.display_name for case in page.rows] == names
    assert desk.get(reverse("desk:queue", args=[letter.slug]), query).status_code == 200


def test_reading_people_is_audited_by_ids_only(desk, mona):
    case = case_of()

    desk.get(reverse("desk:queue", args=[case.letter.slug]))
    desk.get(path_of(case))

    found = AuditEvent.objects.filter(action="case-read").order_by("id").values_list("actor", "object_id", "detail")
    assert list(found) == [
        (f"user:{mona.pk}", str(case.letter.pk), "queue:1"), (f"user:{mona.pk}", str(case.public_id), ""),
    ]  # fmt: skip


def test_case_page_shows_line_evidence_and_likeness(desk):
    letter = make_letter()
    first = sign_and_confirm(letter, position="Dean")
    sign_and_confirm(letter, email="other@example.net")

    text = words_of(desk.get(path_of(Case.objects.get())))

    assert "Confirmed by e-mail on" in text
    assert "Professor of Cryptography, University X" in text
    assert "This lineThe other one" in text
    assert "Dean" in text
    assert first.email not in text


def test_accept_by_the_form_prints_the_line_and_goes_back_to_the_queue(desk):
    case = case_of()

    response = desk.post(path_of(case), {"action": "accept"}, follow=True)

    assert response.redirect_chain == [(reverse("desk:queue", args=[case.letter.slug]), 303)]
    assert "Accepted." in words_of(response)
    assert "Undo" in words_of(response)
    assert Signature.objects.public().count() == 1


def test_refuse_by_the_form_says_what_is_missing_and_keeps_what_was_typed(desk):
    case = case_of()

    response = desk.post(path_of(case), {"action": "refuse", "note": "I looked at the page."})

    assert response.status_code == 409
    assert "Choose why." in words_of(response)
    assert "I looked at the page." in response.text
    assert Signature.objects.get().state == "confirmed"


def test_refuse_hold_and_undo_by_the_form(desk):
    case = case_of()

    desk.post(path_of(case), {"action": "hold"})
    assert Case.objects.get().is_holding
    desk.post(path_of(case), {"action": "refuse", "reason_code": "impersonation", "note": "Not the person."})
    assert Signature.objects.get().state == "removed"
    response = desk.post(path_of(case), {"action": "undo"}, follow=True)

    assert "Taken back." in words_of(response)
    assert Signature.objects.get().state == "confirmed"


def test_review_by_the_form_is_printed(desk):
    sign_and_confirm(make_letter(publish_from="review"))
    case = Case.objects.get()
    ticks = dict.fromkeys(("is_name", "is_affiliation", "is_public", "is_not_own_profile"), "on")

    desk.post(path_of(case), {"action": "accept", "evidence_url": "https://uni.example/s", **ticks})

    assert "against https://uni.example/s." in Signature.objects.public().get().sentence


@pytest.mark.parametrize("data", [{}, {"action": "eat"}, {"action": "accept", "reason_code": "x"}])
def test_nonsense_changes_nothing(desk, data):
    case = case_of()

    assert desk.post(path_of(case), data).status_code in (409, 422)
    assert Case.objects.get().is_open


def test_two_reviewers_by_their_own_forms(client, mona, alice):
    row = sign_and_confirm(make_letter(watched_names=["Suzie Berg"]))
    Signature.objects.filter(pk=row.pk).update(is_invited=True)
    path = path_of(Case.objects.get())

    client.force_login(mona)
    assert "A second reviewer must agree" in words_of(client.post(path, {"action": "accept"}, follow=True))
    assert client.post(path, {"action": "accept"}).status_code == 409
    client.force_login(alice)
    client.post(path, {"action": "accept"})

    assert Signature.objects.public().count() == 1


def test_whoever_accepts_first_reads_whether_there_is_a_second_reviewer(client, mona):
    letter = make_letter(watched_names=["Suzie Berg"])
    Signature.objects.filter(pk=sign_and_confirm(letter).pk).update(is_invited=True)
    path = path_of(Case.objects.get())
    client.force_login(mona)

    alone = words_of(client.post(path, {"action": "accept"}, follow=True))
    client.post(path, {"action": "undo"})
    make_team("bob", "reviewer", letter=letter)
    together = words_of(client.post(path, {"action": "accept"}, follow=True))

    assert ("nobody else in the teams" in alone, "told by mail" in alone) == (True, False)
    assert ("nobody else in the teams" in together, "told by mail" in together) == (False, True)


@pytest.mark.parametrize(("role", "offered"), [("reviewer", False), ("moderator", True)])
def test_a_wave_is_released_as_a_decision_about_many_by_whoever_may_take_one(client, role, offered):
    letter = make_letter()
    cases.open_case(make_signature(letter), "spike", is_holding=True)
    make_team("bob", role, letter=letter)
    client.force_login(User.objects.get(email=CAST["bob"].email))

    page = client.get(reverse("desk:queue", args=[letter.slug])).text

    link = reverse("desk:bulk", args=[letter.slug]) + "?what=accept&amp;reason=spike"
    assert (f'href="{link}"' in page) == offered
    assert ("You can accept them one by one." in page) == (not offered)


def test_a_file_is_saved_and_never_shown(desk, mona):
    row = sign_and_confirm(make_letter())
    proving.start(row, "review", {"file": Attachment('../../etc/"x".html', PDF)})
    upload = Upload.objects.get()

    response = desk.get(reverse("desk:case-file", args=[row.letter.slug, upload.case.public_id, upload.public_id]))

    assert response.content == PDF
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == f'attachment; filename="evidence-{upload.public_id}.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response.headers["Cache-Control"] == "no-store"
    event = AuditEvent.objects.get(action="upload-read")
    assert (event.actor, event.object_id) == (f"user:{mona.pk}", str(upload.public_id))


def test_a_file_is_found_under_its_own_case_alone(desk):
    row, other = sign_and_confirm(make_letter()), case_of()
    proving.start(row, "review", {"file": Attachment("x", PDF)})
    upload = Upload.objects.get()

    for slug, case in ((other.letter.slug, other), (row.letter.slug, other), (other.letter.slug, upload.case)):
        path = reverse("desk:case-file", args=[slug, case.public_id, upload.public_id])
        assert desk.get(path).status_code == 404


def test_hostile_text_is_shown_as_text(desk, mona):
    row = sign_and_confirm(make_letter(), comment="<script>alert(1)</script>", consent_comment=True)
    case = cases.open_case(
        row, "review-asked", words="<img src=x onerror=alert(1)>", source_url="https://a.example/<b>"
    )

    page = desk.get(path_of(case)).text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    deciding.refuse(case.public_id, by=mona, reason_code="no-evidence", note="<b>bold</b>")
    assert "<b>bold" not in desk.get(path_of(case)).text


def test_the_script_of_the_queue_gets_the_parts_that_a_decision_changes(desk):
    letter = make_letter()
    first, _second = some_cases(letter, 2)

    answer = desk.post(path_of(first), {"action": "accept"}, headers={"X-Desk": "row"})

    assert answer.status_code == 200
    assert "Accepted. 1 case waits Just decided" in words_of(answer)
    assert f'data-case="{first.public_id}" data-open="no"' in answer.text
    assert "<html" not in answer.text
    again = desk.post(path_of(first), {"action": "accept"}, headers={"X-Desk": "row"})
    assert (again.status_code, "This case was decided meanwhile." in words_of(again)) == (409, True)


def test_the_script_of_the_queue_gets_a_case_as_a_part(desk):
    case = case_of()

    panel = desk.get(path_of(case), headers={"X-Desk": "panel"})

    assert "<html" not in panel.text
    assert f'data-panel-of="{case.public_id}"' in panel.text
    assert f'action="{path_of(case)}"' in panel.text


def test_a_case_that_a_colleague_is_at_says_so_and_can_be_let_go(client, mona, alice):
    case = case_of()
    client.force_login(mona)
    assert "Let go of it" in words_of(client.get(path_of(case)))

    client.force_login(alice)
    assert "mona@example.org is at it until" in words_of(client.get(reverse("desk:queue", args=[case.letter.slug])))
    assert "A colleague is at this case until" in words_of(client.get(path_of(case)))
    assert client.post(path_of(case), {"action": "accept"}).status_code == 409
    let_go = reverse("desk:case-let-go", args=[case.letter.slug, case.public_id])
    client.post(let_go)
    assert client.post(path_of(case), {"action": "accept"}).status_code == 409  # it was not hers to let go

    client.force_login(mona)
    assert client.post(let_go).status_code == 303
    client.force_login(alice)
    assert client.post(path_of(case), {"action": "accept"}).status_code == 303


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_case_costs_the_same_beside_one_and_beside_many(desk, item_count, django_assert_num_queries):
    letter = make_letter()
    first = make_signature(letter)
    for number in range(item_count):
        make_signature(letter, position=f"Dean {number}")
    case = cases.open_case(first, "duplicate")

    with django_assert_num_queries(17):
        page = desk.get(path_of(case))

    assert page.text.count("The other one") == item_count


def test_what_differs_between_two_lines_is_marked(desk):
    letter, at = make_letter(), timezone.now()
    first = make_signature(letter, position="Dean", email="a@uni.example", at=at)
    case = cases.open_case(first, "duplicate", other=make_signature(letter, email="b@mail.example", at=at))

    page = desk.get(path_of(case)).text

    differing = re.findall(r'twin__differs"><th scope="row">([^<]+)<', page)
    assert differing == ["Position", "Mail domain"]
    assert "mail.example" not in page


def test_what_two_lines_share_is_not_marked_as_different(desk):
    letter, at = make_letter(), timezone.now()
    one, two = (make_signature(letter, email=f"{x}@uni.example", at=at, network=b"n" * 16) for x in "ab")
    case = cases.open_case(one, "duplicate", other=two)

    page = desk.get(path_of(case))

    assert "twin__differs" not in page.text
    assert (page.text.count("<bdi>the same</bdi>"), "uni.example" in page.text) == (4, False)


def test_codes_are_said_in_words(desk):
    case = cases.open_case(make_signature(is_invited=True), "placement", detail="initiator")
    cases.open_case(case.signature, "mixed-script", is_holding=True)

    text = words_of(desk.get(path_of(case)))

    assert "held: Letters of several scripts in one word" in text
    assert "→ Initiator" in text
    assert "mixed-script" not in text
