"""Handing the letter over: what was made for it, to whom it went, and what proves it. Keeps hashes and numbers, never
the list itself; the file is kept for a short time by the room above (letters/press/archives.py)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.documents.models import Letter, Version
from letters.ledger import audit
from letters.outreach import addressees, timeline
from letters.outreach.models import Channel, Delivery, Event, EventKind, Package
from letters.signatures import counting


class DeliveryRefused(RuleError):
    code = "delivery"


class PackageRefused(RuleError):
    code = "package"


class ReceiptRefused(RuleError):
    code = "receipt"
    default = gettext_lazy("Say what proves the delivery, or choose the file of the receipt.")


@dataclass(frozen=True)
class Plan:
    """Which lines a package names: those of ``version`` confirmed until ``as_of``, for a supplement after the ``base``
    alone. ``supplement`` is its number; 0: the whole list."""

    letter: Letter
    version: Version
    as_of: datetime
    base: Package | None
    supplement: int

    @property
    def since(self) -> datetime | None:
        return self.base.as_of if self.base else None


@dataclass(frozen=True)
class Made:
    """What came of a plan."""

    sha256: str
    size_bytes: int
    persons: int
    organizations: int
    sentence: str


@dataclass(frozen=True)
class Handed:
    """One delivery as an organiser describes it; every field is cleaned."""

    addressee: str
    channel: str
    delivered_on: date
    package: Package | None = None
    note: str = ""


def plan(letter: Letter, *, is_supplement: bool, now: datetime | None = None) -> Plan:
    """Decide what a new package holds.

    Raises:
        PackageRefused: no public text, names are hidden, or nothing was delivered that it could supplement.
    """
    if letter.version is None or not letter.is_public:
        raise PackageRefused(_("A package can be made as soon as the letter is public."))
    if not letter.shows_names:
        raise PackageRefused(_("The names are hidden at the moment. Show them again, then make the package."))
    now = now or timezone.now()
    if not is_supplement:
        return Plan(letter, letter.version, now, None, 0)
    delivered = Package.objects.filter(letter=letter, deliveries__removed_at__isnull=True, deliveries__isnull=False)
    base = delivered.order_by("-as_of").first()
    if base is None:
        raise PackageRefused(_("A supplement follows a delivered list. Record first to whom the whole list went."))
    if base.version_id != letter.version_id:
        raise PackageRefused(_("The delivered list belongs to an earlier version. Make a package with the whole list."))
    last = Package.objects.filter(letter=letter).aggregate(last=Max("supplement"))["last"] or 0
    return Plan(letter, letter.version, now, base, last + 1)


def plan_of(package: Package) -> Plan:
    """The plan after which a package was made, to make it again."""
    return Plan(package.letter, package.version, package.as_of, package.supplement_of, package.supplement)


def refuse_empty(planned: Plan, signatories: int) -> None:
    """Hold that a supplement names somebody.

    Raises:
        PackageRefused: it names nobody.
    """
    if planned.base is not None and not signatories:
        raise PackageRefused(_("Nobody has signed since the last delivery, so there is nothing to supplement."))


@transaction.atomic
def keep(planned: Plan, made: Made, *, by: User | None) -> Package:
    """Remember hash and numbers of a package that was made.

    Raises:
        PackageRefused: a supplement that names nobody.
    """
    refuse_empty(planned, made.persons + made.organizations)
    letter = Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=planned.letter.pk)
    rows = Package.objects.filter(letter=letter)
    number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
    package = Package.objects.create(
        letter=letter, number=number, version=planned.version, supplement_of=planned.base,
        supplement=planned.supplement, as_of=planned.as_of, persons=made.persons, organizations=made.organizations,
        sentence=made.sentence, sha256=made.sha256, size_bytes=made.size_bytes, made_by=by, made_at=timezone.now(),
    )  # fmt: skip
    audit.record(audit.Action.PACKAGE_MADE, package, by=f"user:{by.pk}" if by else "system", detail=made.sha256[:16])
    return package


@transaction.atomic
def record(letter: Letter, handed: Handed, *, by: User) -> Delivery:
    """Record a delivery and print it on the timeline. The letter may still be open.

    Raises:
        DeliveryRefused: a day that has not come, an addressee that is none, or a supplement to nothing.
    """
    version = _check(letter, handed)
    package = handed.package
    first = _first_to(letter, handed.addressee) if package and package.supplement else None
    tally = counting.tally_for(version)
    delivery = Delivery.objects.create(
        letter=letter,
        addressee=handed.addressee,
        channel=handed.channel,
        delivered_on=handed.delivered_on,
        package=package,
        supplement_of=first,
        version=package.version if package else version,
        persons=package.persons if package else tally.persons,
        organizations=package.organizations if package else tally.organizations,
        file_sha256=package.sha256 if package else "",
        note=handed.note,
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    _print(delivery, by)
    audit.record(audit.Action.DELIVERY_RECORDED, delivery, by=f"user:{by.pk}", detail=handed.channel)
    return delivery


def _check(letter: Letter, handed: Handed) -> Version:
    if letter.version is None or not letter.is_public:
        raise DeliveryRefused(_("A delivery can be recorded as soon as the letter is public."))
    if handed.addressee not in addressees.labels_of(letter):
        raise DeliveryRefused(_("Choose one of the addressees of the letter."), code="addressee")
    begun = letter.published_at.date() if letter.published_at else letter.created_at.date()
    if not begun <= handed.delivered_on <= addressees.today_for(letter):
        text = _("Give the day of the delivery: today or earlier, and not before the letter was published.")
        raise DeliveryRefused(text, code="delivered_on")
    if handed.package and handed.package.supplement and _first_to(letter, handed.addressee) is None:
        text = _("A supplement follows the whole list. Record first when the whole list went to this addressee.")
        raise DeliveryRefused(text, code="package")
    return letter.version


def _first_to(letter: Letter, addressee: str) -> Delivery | None:
    rows = Delivery.objects.filter(
        letter=letter, addressee=addressee, removed_at__isnull=True, supplement_of__isnull=True
    )
    return rows.order_by("-delivered_on", "-pk").first()


def _print(delivery: Delivery, by: User) -> None:
    timeline.add_automatic(
        delivery.letter,
        EventKind.DELIVERED,
        _origin(delivery),
        on=delivery.delivered_on,
        addressee=delivery.addressee,
        text=delivery.note,
        created_by=by,
        detail={
            "channel": delivery.channel,
            "persons": delivery.persons,
            "organizations": delivery.organizations,
            "version": delivery.version.number,
            "sha256": delivery.file_sha256,
            "supplement": delivery.package.supplement if delivery.package else 0,
        },
    )


def _origin(delivery: Delivery) -> str:
    return f"delivery:{delivery.public_id}"


@transaction.atomic
def keep_receipt(delivery: Delivery, *, note: str, sha256: str, by: User) -> Delivery:
    """Note what proves a delivery: words, the hash of a file that stays with the organisers, or both. The earlier
    receipt is replaced.

    Raises:
        ReceiptRefused: neither is there.
    """
    if not note and not sha256:
        raise ReceiptRefused
    row = Delivery.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.pk)
    row.receipt_note, row.receipt_at = note, timezone.now()
    row.receipt_sha256 = sha256 or row.receipt_sha256
    row.save(update_fields=["receipt_note", "receipt_sha256", "receipt_at"])
    audit.record(audit.Action.DELIVERY_RECEIPT, row, by=f"user:{by.pk}", detail=sha256[:16])
    return row


@transaction.atomic
def remove(delivery: Delivery, *, by: User) -> None:
    """Take back a delivery that was recorded by mistake, and its entry. Idempotent."""
    if not Delivery.objects.filter(pk=delivery.pk, removed_at__isnull=True).update(removed_at=timezone.now()):
        return
    for event in Event.objects.filter(letter=delivery.letter, origin=_origin(delivery)).select_related("letter"):
        timeline.remove(event, by=by)
    audit.record(audit.Action.DELIVERY_REMOVED, delivery, by=f"user:{by.pk}")


def channel_label(channel: str) -> str:
    return str(Channel(channel).label)
