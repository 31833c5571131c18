"""Reading the timeline: what readers see of it, and where each addressee stands. Says no more than was recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.documents import rendering
from letters.documents.models import Letter
from letters.outreach import addressees
from letters.outreach.models import Channel, Delivery, Event, EventKind, Stance


@dataclass(frozen=True)
class Entry:
    """One entry as it is printed; ``html`` is sanitised."""

    event: Event
    title: str
    label: str
    html: SafeString | str
    how: str = ""
    """Of a delivery: by which way, and how many had signed."""


@dataclass(frozen=True)
class Standing:
    """Where one addressee stands: a state of ``ResponseState``, and the sentence that is printed."""

    addressee: str
    state: str
    sentence: str
    days: int | None = None
    """Since the delivery, while no response is known."""
    link: str = ""


@dataclass(frozen=True)
class Timeline:
    """What a page prints; ``more`` entries are left out."""

    entries: list[Entry]
    standings: list[Standing]
    more: int = 0


BRIEF = 5  # entries beside the letter


def brief(letter: Letter) -> Timeline | None:
    """What stands below the letter itself: the newest entries; None while there is nothing but that it was published,
    which the letter's date says. No query then."""
    return timeline_of(letter, most=BRIEF) if letter.timeline_revision > 1 else None


def timeline_of(letter: Letter, *, most: int | None = None) -> Timeline:
    """The newest entries first, and every addressee to whom the letter was delivered or who answered. Two queries; none
    for a letter whose timeline was never written."""
    if not letter.timeline_revision:
        return Timeline([], [])
    events = list(Event.objects.filter(letter=letter).shown())
    deliveries = list(Delivery.objects.filter(letter=letter, removed_at__isnull=True).order_by("delivered_on", "pk"))
    shown = events[:most] if most is not None else events
    return Timeline(
        [entry_of(event) for event in shown], standings_of(letter, events, deliveries), len(events) - len(shown)
    )


def entry_of(event: Event) -> Entry:
    """An entry with its words in the language that is active."""
    html = rendering.block(event.text) if event.text else ""
    return Entry(event, event.title or _words(event), str(EventKind(event.kind).label), html, _how(event))


def _words(event: Event) -> str:
    label, detail = str(EventKind(event.kind).label), event.detail
    if event.kind == EventKind.VERSION and "version" in detail:
        return _("Version {number} of the text").format(number=detail["version"])
    if event.kind == EventKind.MILESTONE and "number" in detail:
        return _("{count} people have signed").format(count=f"{detail['number']:,}")
    if event.kind == EventKind.DELIVERED and event.addressee:
        text = _("Delivered to {addressee}, with a supplement") if detail.get("supplement") else _(
            "Delivered to {addressee}"
        )  # fmt: skip
        return text.format(addressee=event.addressee)
    if event.kind in (EventKind.RESPONSE, EventKind.ACKNOWLEDGED) and event.addressee:
        if event.kind == EventKind.ACKNOWLEDGED:
            return _("{addressee} acknowledged receipt").format(addressee=event.addressee)
        answer = Stance(event.stance).label
        return _("Response of {addressee}: {answer}").format(addressee=event.addressee, answer=answer)
    return label


def _how(event: Event) -> str:
    """«By post, with 1,204 people and 3 organisations in version 1»; empty for entries that are no delivery."""
    detail = event.detail
    if event.kind != EventKind.DELIVERED or "channel" not in detail:
        return ""
    people = ngettext("{count} person", "{count} people", detail["persons"]).format(count=f"{detail['persons']:,}")
    organizations = ngettext("{count} organisation", "{count} organisations", detail["organizations"]).format(
        count=f"{detail['organizations']:,}"
    )
    who = f"{people}, {organizations}" if detail["organizations"] else people
    return _("{channel}; signed by then: {who}; version {version} of the text").format(
        channel=Channel(detail["channel"]).label, who=who, version=detail["version"]
    )


def standings_of(letter: Letter, events: Iterable[Event], deliveries: Iterable[Delivery]) -> list[Standing]:
    """Those to whom the letter was delivered or who answered, in the letter's order, then those no longer above it."""
    first: dict[str, date] = {}
    for delivery in deliveries:
        first.setdefault(delivery.addressee, delivery.delivered_on)
    answers: dict[str, list[Event]] = {}
    for event in events:  # newest first
        if event.kind in (EventKind.RESPONSE, EventKind.ACKNOWLEDGED):
            answers.setdefault(event.addressee, []).append(event)
    known = [label for label in addressees.labels_of(letter) if label in first or label in answers]
    known += [label for label in (*first, *answers) if label not in known]
    today = addressees.today_for(letter)
    return [standing(label, answers.get(label, []), first.get(label), today) for label in dict.fromkeys(known)]


def standing(addressee: str, answers: list[Event], delivered_on: date | None, today: date) -> Standing:
    """``answers`` are the responses and acknowledgements of one addressee, newest first."""
    response = next((event for event in answers if event.kind == EventKind.RESPONSE), None)
    if response is not None:
        sentence = _("{answer} on {date}: {summary}").format(
            answer=Stance(response.stance).label, date=day(response.happened_on), summary=response.summary
        )
        return Standing(addressee, response.stance, sentence, link=f"event-{response.public_id}")
    days = max((today - delivered_on).days, 0) if delivered_on else None
    unknown = _no_response(days, today)
    if answers:
        text = _("Acknowledged on {date}. {rest}").format(date=day(answers[0].happened_on), rest=unknown)
        return Standing(addressee, "acknowledged", text, days, f"event-{answers[0].public_id}")
    return Standing(addressee, "none", unknown, days)


def _no_response(days: int | None, today: date) -> str:
    if days is None:
        return _("No response known as of {date}.").format(date=day(today))
    text = ngettext(
        "No response known as of {date} ({days} day since delivery).",
        "No response known as of {date} ({days} days since delivery).",
        days,
    )
    return text.format(date=day(today), days=days)


def day(on: date) -> str:
    """«24 November 2026»."""
    return formats.date_format(on, "j F Y")
