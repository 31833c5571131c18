"""Before the launch: whom the organisers let in, under which terms, what they see, and when it ends."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from campaign.public import limits
from letters.documents import launching
from letters.ledger.models import AuditEvent
from letters.outbox import sending
from letters.press import embargoes, retaining
from letters.press.models import EmbargoAccess, EmbargoVisit
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature, make_user, make_version, utc

pytestmark = pytest.mark.django_db
JO = {"name": "Jo Press", "outlet": "The Paper", "email": "jo@paper.example"}
ROOM = "/letters/lift/embargo/"


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def letter():
    return make_letter(slug="lift", state="embargoed", opens_at=timezone.now() + timedelta(days=3))


@pytest.fixture
def access(letter, alice):
    return embargoes.invite(letter, JO, days=2, by=alice)


def link_of(access):
    return reverse("public:embargo", args=[embargoes.token_for(access)])


def agree(client, access):
    sha256 = embargoes.sha256_of(embargoes.terms_of(access.letter))
    return client.post(link_of(access), {"agree": "on", "terms": sha256})


def again(access):
    return embargoes.by_id(access.public_id)


def later(**by):
    return time_machine.travel(timezone.now() + timedelta(**by), tick=False)


def test_the_mail_has_the_link_and_says_nothing_of_the_letter(access, mailoutbox):
    sending.deliver_due()

    (mail,) = mailoutbox
    assert mail.to == ["jo@paper.example"]
    assert link_of(access) in mail.body
    assert "Lift the restriction" not in mail.message().as_string()
    assert "/letters/lift" not in mail.message().as_string()


def test_the_hour_is_told_in_its_zone_and_in_utc(letter):
    letter.opens_at, letter.time_zone = utc("2026-12-01 11:00"), "Europe/Berlin"

    assert embargoes.hour_of(letter) == "1 December 2026, 12:00 CET (Europe/Berlin), 11:00 UTC"
    letter.opens_at = utc("2026-12-01 23:30")
    assert embargoes.hour_of(letter).endswith("2 December 2026, 00:30 CET (Europe/Berlin), 1 December 2026, 23:30 UTC")


def test_nothing_is_shown_before_the_terms_are_accepted(client, access):
    page = client.get(link_of(access))
    refused = client.post(link_of(access), {})
    room = client.get(ROOM)

    for response in (page, refused, room):
        assert "Lift the restriction" not in response.content.decode()
    assert (refused.status_code, EmbargoVisit.objects.count(), again(access).accepted_at) == (409, 0, None)
    assert "Tick that you agree to the terms" in refused.content.decode()


def test_whoever_accepts_reads_the_text_and_checked_names_alone(client, access):
    letter = access.letter
    for number, fields in enumerate(
        ({"is_invited": True}, {"is_reviewed": True}, {"verification": "affiliation"}, {"verification": "account"}, {})
    ):
        row = make_signature(letter, display_name=f"Person {'ABCDE'[number]}")
        Signature.objects.filter(pk=row.pk).update(**{"verification": "email", **fields})
    for state in ("held", "hidden", "withdrawn", "pending"):
        make_signature(letter, display_name=f"Person {state}", state=state, **_if_standing(state))

    response = agree(client, access)
    body = client.get(ROOM).content.decode()

    assert (response.status_code, response.headers["Location"]) == (303, ROOM)
    assert "Lift the restriction" in body
    assert [name for name in "ABCDE" if f"Person {name}" in body] == ["A", "B", "C"]
    assert not any(f"Person {state}" in body for state in ("held", "hidden", "withdrawn", "pending"))
    assert "3 people whose lines were checked are named" in body
    assert "Jo Press, The Paper" in body
    assert [visit.part for visit in EmbargoVisit.objects.all()] == ["pages"]


def _if_standing(state):
    return {} if state == "withdrawn" else {"is_reviewed": True}


def test_another_browser_with_the_address_of_the_room_sees_nothing(client, access, django_user_model):
    agree(client, access)
    client.cookies.clear()

    assert "Lift the restriction" not in client.get(ROOM).content.decode()
    assert client.post(ROOM, {"action": "pdf"}).status_code == 422  # it is taken for a request, and is none


def test_the_file_is_marked_and_logged(client, access):
    make_signature(access.letter, is_reviewed=True)
    make_signature(access.letter, display_name="Una Checked")
    agree(client, access)

    response = client.post(ROOM, {"action": "pdf"})

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(response.content)).pages]
    assert ["Jo Press, The Paper · " in page for page in pages] == [True] * len(pages)
    embargo = f"EMBARGO: nothing of this may be published before {embargoes.hour_of(access.letter)}"
    assert [embargo in page for page in pages] == [True] * len(pages)
    assert [name in " ".join(pages) for name in ("Suzie van der Berg", "Una Checked")] == [True, False]
    assert [visit.part for visit in EmbargoVisit.objects.order_by("id")] == ["pages", "pdf"]


def test_an_access_ends_with_the_launch_where_that_comes_first(letter, alice, client, mailoutbox):
    long = embargoes.invite(letter, JO, days=7, by=alice)
    short = embargoes.invite(letter, {**JO, "email": "ki@radio.example"}, days=2, by=alice)

    assert [row.ends_at for row in (long, short)] == [letter.opens_at, short.expires_at]
    sending.deliver_due()
    said = {mail.to[0]: " ".join(mail.body.split()) for mail in mailoutbox}
    assert "It works until the launch." in said["jo@paper.example"]
    assert f"It works until {short.expires_at:%-d %B %Y, %H:%M} UTC." in said["ki@radio.example"]
    assert "The link works until the launch." in client.get(link_of(long)).content.decode()


@pytest.mark.parametrize("end", ["revoke", "expire", "call off"])
def test_an_ended_access_opens_nothing(client, access, alice, end):
    agree(client, access)
    travel = later(days=2, minutes=1) if end == "expire" else later(seconds=1)
    if end == "revoke":
        embargoes.revoke(access.letter, access.public_id, by=alice)
    elif end == "call off":
        launching.call_off(access.letter, by="test")

    with travel:
        page, room, file = client.get(link_of(access)), client.get(ROOM), client.post(ROOM, {"action": "pdf"})

    assert "This access has ended" in page.content.decode()
    for response in (page, room, file):
        assert "Lift the restriction" not in response.content.decode()
    assert EmbargoVisit.objects.count() == 1


def test_the_launch_ends_it_and_the_link_leads_to_the_press_room(client, access):
    agree(client, access)
    launching.launch(access.letter, by="test")

    for path in (link_of(access), ROOM):
        body = client.get(path).content.decode()
        assert "/letters/lift/press/" in body
        assert "The letter is public" in body
    assert client.post(ROOM, {"action": "pdf"}).headers.get("Content-Type") != "application/pdf"
    with pytest.raises(embargoes.NotLetIn):
        embargoes.enter(again(access), "pdf")


def test_another_hour_is_another_embargo_to_accept(client, access):
    agree(client, access)
    launching.schedule(access.letter, timezone.now() + timedelta(days=5), by="test")

    assert embargoes.standing(again(access)) == "terms"
    assert "Lift the restriction" not in client.get(ROOM).content.decode()


def test_terms_that_changed_meanwhile_are_not_accepted(client, access):
    response = client.post(link_of(access), {"agree": "on", "terms": "0" * 64})

    assert response.status_code == 409
    assert "The terms changed since you opened the page" in response.content.decode()


def request_of(client, who=JO):
    """A journalist asks at the letter's address."""
    response = client.post(ROOM, who)
    assert (response.status_code, "Look into your mail" in response.content.decode()) == (200, True)
    return EmbargoAccess.objects.latest("id")


def confirm(client, row):
    return client.post(link_of(row), follow=True)


def test_a_request_is_seen_once_its_address_is_confirmed(client, letter, alice, mailoutbox):
    row = request_of(client)
    assert embargoes.list_of(letter) == []
    sending.deliver_due()
    (mail,) = mailoutbox
    assert (mail.to, link_of(row) in mail.body) == (["jo@paper.example"], True)
    assert [
        word for word in ("Lift the", "/letters/", "Jo Press", "The Paper") if word in mail.message().as_string()
    ] == []
    assert "Yes, I ask for access" in client.get(link_of(row)).content.decode()
    assert embargoes.list_of(letter) == []

    page = confirm(client, row).content.decode()

    assert "The organisers have your request" in page
    assert [one.state_at(timezone.now()) for one in embargoes.list_of(letter)] == ["asked"]
    embargoes.approve(letter, row.public_id, days=3, by=alice)
    sending.deliver_due()
    assert [mail.to for mail in mailoutbox] == [["jo@paper.example"]] * 2
    assert embargoes.standing(again(row)) == "terms"


def test_false_requests_take_nobodys_place(client, letter, monkeypatch):
    monkeypatch.setattr(embargoes, "MOST_WAITING", 2)
    monkeypatch.setattr(limits, "JOURNALISTS_AN_HOUR", 100)
    for number in range(5):
        request_of(client, {**JO, "email": f"false-{number}@paper.example"})
    row = request_of(client)

    confirm(client, row)

    assert [one.pk for one in embargoes.list_of(letter)] == [row.pk]
    second, third = (request_of(client, {**JO, "email": f"{name}@paper.example"}) for name in ("second", "third"))
    confirm(client, second)
    full = client.post(link_of(third))
    assert (full.status_code, "write to the organisers yourself" in full.content.decode()) == (409, True)
    assert "Yes, I ask for access" in full.content.decode()


def test_whoever_asks_again_gets_the_mail_again_until_it_is_confirmed(client, letter, mailoutbox):
    for _time in range(2):
        row = request_of(client)
        sending.deliver_due()
    assert (EmbargoAccess.objects.count(), len(mailoutbox)) == (1, 2)

    confirm(client, row)
    request_of(client)
    sending.deliver_due()

    assert (EmbargoAccess.objects.count(), len(mailoutbox)) == (1, 2)


def test_a_request_that_nobody_confirms_is_deleted_after_three_days(client, letter):
    request_of(client)
    confirmed = request_of(client, {**JO, "email": "ann@paper.example"})
    confirm(client, confirmed)

    with later(days=3, minutes=1):
        retaining.run()

    assert list(EmbargoAccess.objects.values_list("pk", flat=True)) == [confirmed.pk]


def test_a_request_opens_nothing_and_a_refused_one_is_not_told(client, letter, alice):
    row = request_of(client)
    confirm(client, row)
    agree(client, row)
    assert "Lift the restriction" not in client.get(ROOM).content.decode()

    embargoes.revoke(letter, row.public_id, by=alice)

    assert "The organisers have your request" in client.get(link_of(row)).content.decode()
    with pytest.raises(embargoes.NotLetIn):
        embargoes.accept(row.public_id, terms_sha256=embargoes.sha256_of(embargoes.terms_of(letter)))


def ask_and_confirm(letter, name):
    embargoes.ask(letter, {**JO, "email": f"{name}@paper.example"})
    row = letter.embargo_accesses.order_by("pk").last()
    embargoes.confirm(row.public_id)
    return row


def test_so_many_requests_wait_and_answered_ones_do_not_count(letter, alice, monkeypatch):
    monkeypatch.setattr(embargoes, "MOST_WAITING", 2)
    first, second = ask_and_confirm(letter, "jo"), ask_and_confirm(letter, "ann")

    with pytest.raises(embargoes.TooManyWait):
        ask_and_confirm(letter, "late")
    ask_and_confirm(make_letter(state="embargoed"), "late")
    embargoes.revoke(letter, first.public_id, by=alice)
    ask_and_confirm(letter, "later")
    embargoes.approve(letter, second.public_id, days=2, by=alice)
    ask_and_confirm(letter, "latest")

    assert letter.embargo_accesses.filter(confirmed_at__isnull=False).count() == 4


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (1, 1), (30, 30), (31, 30)])
def test_an_access_lasts_a_day_at_least_and_a_month_at_most(letter, alice, asked, given):
    access = embargoes.invite(letter, JO, days=asked, by=alice)

    assert access.expires_at - access.invited_at == timedelta(days=given)


@pytest.mark.parametrize("end", ["revoke", "call off", "launch"])
def test_a_link_that_opens_nothing_any_more_is_not_mailed(access, alice, mailoutbox, end):
    if end == "revoke":
        embargoes.revoke(access.letter, access.public_id, by=alice)
        embargoes.revoke(access.letter, access.public_id, by=alice)
    else:
        {"call off": launching.call_off, "launch": launching.launch}[end](access.letter, by="test")

    sending.deliver_due()

    assert [mail for mail in mailoutbox if mail.to == [JO["email"]]] == []
    assert AuditEvent.objects.filter(action="embargo-ended").count() == (end == "revoke")


def test_whoever_is_let_in_again_gets_one_mail_with_the_link_that_opens(access, alice, mailoutbox):
    anew = embargoes.invite(access.letter, JO, days=2, by=alice)

    sending.deliver_due()

    (mail,) = mailoutbox
    assert link_of(anew) in mail.body
    assert EmbargoAccess.objects.count() == 1


def test_whose_access_ended_accepts_nothing(access, alice):
    terms = embargoes.sha256_of(embargoes.terms_of(access.letter))
    other = embargoes.invite(access.letter, {**JO, "email": "ann@paper.example"}, days=2, by=alice)
    embargoes.revoke(access.letter, access.public_id, by=alice)

    with pytest.raises(embargoes.NotLetIn):
        embargoes.accept(access.public_id, terms_sha256=terms)
    assert [again(row).accepted_at for row in (access, other)] == [None, None]
    embargoes.accept(other.public_id, terms_sha256=terms)
    with later(seconds=5):
        embargoes.accept(other.public_id, terms_sha256=terms)
    assert AuditEvent.objects.filter(action="embargo-accepted").count() == 1


def test_names_of_another_letter_or_an_earlier_text_are_not_shown(letter):
    make_signature(letter, is_reviewed=True)
    make_signature(is_reviewed=True)
    make_version(letter)
    mine = make_signature(letter, is_reviewed=True)

    assert list(embargoes.checked_lines(letter)) == [mine]


def test_one_network_does_not_fill_the_list_of_those_who_wait(client, letter, settings):
    settings.REDIS_URL = ""
    with later(hours=0):  # within one window of the limit
        asked = [client.post(ROOM, {**JO, "email": f"jo{number}@paper.example"}) for number in range(8)]
        other = client.post(ROOM, {**JO, "email": "ann@post.example"}, REMOTE_ADDR="192.0.2.2")

    assert [answer.status_code for answer in (*asked, other)] == [*[200] * 5, *[429] * 3, 200]
    assert 'value="jo7@paper.example"' in asked[-1].content.decode()
    assert EmbargoAccess.objects.count() == 6


def test_bad_requests_are_refused_and_kept(client, letter):
    response = client.post(ROOM, {**JO, "email": "jo"})

    assert response.status_code == 422
    assert 'value="Jo Press"' in response.content.decode()


@pytest.mark.parametrize("state", ["draft", "private"])
def test_a_letter_without_an_hour_has_no_embargo_and_no_address(client, alice, state):
    letter = make_letter(slug="lift", state=state)

    assert client.get(ROOM).status_code == 404
    with pytest.raises(embargoes.NoEmbargo):
        embargoes.invite(letter, JO, days=2, by=alice)


def test_the_trail_names_nobody_and_the_rows_go_after_a_month(client, access):
    agree(client, access)

    details = list(
        AuditEvent.objects.filter(action__startswith="embargo").order_by("id").values_list("action", "detail")
    )
    assert [action for action, _detail in details] == ["embargo-opened", "embargo-accepted"]
    assert not any("Jo" in detail or "paper" in detail for _action, detail in details)
    with later(days=33):
        assert retaining.run()["embargo_accesses"] >= 1
    assert (EmbargoAccess.objects.count(), EmbargoVisit.objects.count()) == (0, 0)


def test_nobody_is_named_while_the_organisers_hide_all_names(client, access):
    make_signature(access.letter, is_reviewed=True)
    agree(client, access)
    launching.hide_names(access.letter, by="user:1")

    assert "Lift the restriction" in client.get(ROOM).content.decode()
    assert "Suzie" not in client.get(ROOM).content.decode()
    assert list(embargoes.checked_lines(again(access).letter)) == []


def test_whoever_is_let_in_again_has_another_link_and_the_one_of_before_is_dead(client, access, alice):
    before = link_of(access)
    agree(client, access)
    embargoes.revoke(access.letter, access.public_id, by=alice)

    anew = embargoes.approve(access.letter, access.public_id, days=2, by=alice)

    assert client.get(before).status_code == 404
    assert "Lift the restriction" not in client.get(ROOM).content.decode()
    assert (anew.pk, anew.content, embargoes.standing(again(anew))) == (access.pk, JO, "terms")
    agree(client, anew)
    assert "Lift the restriction" in client.get(ROOM).content.decode()


@pytest.mark.parametrize("name", ["https://evil.example", "See www.evil.example", "Prize at evil.example/you"])
def test_no_web_address_is_mailed_as_a_name(client, letter, name):
    response = client.post(ROOM, {**JO, "name": name})

    assert (response.status_code, EmbargoAccess.objects.count()) == (422, 0)
    assert "Leave web addresses out of names." in response.content.decode()
