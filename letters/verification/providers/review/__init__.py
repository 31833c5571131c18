"""Review by the organisers: a named person compares the line with a public source and says which parts agree.

Proves what the source says, on the day it was read. The signatory may name a source or hand in a file; the file helps
the reviewer to decide, but only a public source is printed. The queue and the decision are in ``letters/moderation``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters.core import hosts
from letters.core.errors import RuleError
from letters.signatures.models import Signature
from letters.verification import assurance, signals
from letters.verification.models import Axis, Check, Method
from letters.verification.providers.base import (
    Ask,
    Attachment,
    Finding,
    Login,
    Next,
    NotProven,
    Offer,
    Proof,
    Step,
    in_a_year,
)
from letters.verification.providers.review import sniffing

KIND = "review"
MOST_URL = 300
AXES = (Axis.NAME, Axis.POSITION, Axis.AFFILIATION)
OFFER = Offer(
    label=gettext_lazy("Check by the organisers"),
    proves=gettext_lazy(
        "That an organiser compared name, position and affiliation with a public source, such as the staff page of "
        "your organisation. It is the one check that covers your position."
    ),
    readers_see=gettext_lazy(
        "Name, position and affiliation checked by the organisers on {date} against https://uni.example/staff/suzie."
    ),
    stored=gettext_lazy(
        "The address of the source, as long as the signature stands. A file is encrypted, seen by the organisers "
        "alone, and deleted 14 days after the decision, after 90 days in any case."
    ),
)
ASKS: tuple[Ask, ...] = (
    Ask(
        "url",
        gettext_lazy("Public source"),
        help=gettext_lazy(
            "A page that anybody can open and that you do not write yourself, such as a staff page. Your own profile "
            "in a social network does not count."
        ),
        kind="url",
        required=False,
        most=MOST_URL,
    ),
    Ask(
        "file",
        gettext_lazy("File for the organisers"),
        help=gettext_lazy("PDF, PNG or JPEG, at most 5 MB, such as a photograph of your staff card. Never published."),
        kind="file",
        required=False,
    ),
    Ask("words", gettext_lazy("Anything they should know"), required=False, most=500),
)
# Written by the person themselves: never enough alone. Whole labels are compared.
OWN_PROFILES = {
    "linkedin.com", "x.com", "twitter.com", "facebook.com", "instagram.com", "threads.net", "tiktok.com", "bsky.app",
    "mastodon.social", "xing.com", "youtube.com", "medium.com", "substack.com", "about.me", "linktr.ee", "t.me",
    "reddit.com", "vk.com", "weibo.com",
}  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A reviewer's filled-in checklist; ``axes`` are the parts of the line that agree with the source."""

    evidence_url: str
    axes: frozenset[str]
    is_public: bool
    is_not_own_profile: bool


def is_ready() -> bool:
    return True


def start(signature: Signature, given: Mapping[str, Any]) -> Step:
    """Put the line into the organisers' queue, with a source, a file, or both.

    Raises:
        NotProven: neither is given, or one of them cannot be used.
    """
    typed, attachment = str(given.get("url") or "").strip(), given.get("file")
    if not typed and attachment is None:
        raise NotProven(_("Name a public source, or choose a file: the organisers need something to compare with."))
    url = source_of(typed) if typed else ""
    file = sniffing.look_at(attachment.content) if isinstance(attachment, Attachment) else None
    words = str(given.get("words") or "").strip()
    signals.review_wanted.send(Signature, signature=signature, reason="review-asked", url=url, words=words, file=file)
    return Step(Next.QUEUED)


def source_of(typed: str) -> str:
    """The address of a public source as it will be printed.

    Raises:
        NotProven: no whole web address, or a page that the signatory writes about themselves.
    """
    text = typed.strip()
    try:
        parts = urlsplit(text)
        host = hosts.ascii_host(parts.hostname or "")
        is_plain = parts.scheme in ("http", "https") and not parts.username and parts.port in (None, 80, 443)
    except (ValueError, RuleError) as error:
        raise NotProven(str(_ADDRESS), code="source") from error
    if not is_plain or len(text) > MOST_URL or not text.isprintable() or " " in text:
        raise NotProven(str(_ADDRESS), code="source")
    labels = host.split(".")
    if any(".".join(labels[place:]) in OWN_PROFILES for place in range(len(labels))):
        raise NotProven(
            _("Everybody writes their own profile there. Name a page of somebody else, such as a staff page."),
            code="own-profile",
        )
    return text


_ADDRESS = gettext_lazy("Enter the whole address of a public page; it begins with https://.")


def finding_of(checked: Checked) -> Finding:
    """What a filled-in checklist comes to.

    Raises:
        NotProven: no source, no part of the line agrees with it, or it is not public and somebody else's.
    """
    url = source_of(checked.evidence_url)
    if not checked.is_public or not checked.is_not_own_profile:
        raise NotProven(
            _("A review needs a source that is public and that the signatory does not write. Tick both, or refuse."),
            code="source",
        )
    if not checked.axes & set(AXES):
        raise NotProven(_("Tick what agrees with the source: name, position or affiliation."), code="axes")
    return Finding({"source": url, "axes": sorted(checked.axes & set(AXES))})


def complete(check: Check, answer: Mapping[str, Any] | Login) -> Finding:
    """The reviewer's answer, as the fields of ``Checked``. Raises NotProven when it is not a review."""
    if isinstance(answer, Login):
        raise NotProven
    return finding_of(Checked(**answer))


def evidence(finding: Finding) -> list[Proof]:
    """One row for each part of the line that was compared."""
    source = finding.facts["source"]
    return [Proof(Method.REVIEW, axis, {"source": source}, source=source) for axis in finding.facts["axes"]]


def sentence(claim: Mapping[str, Any], on: date) -> str:
    return assurance.assess([assurance.Fact(Method.REVIEW, axis, on, claim) for axis in AXES]).sentence


def expires(checked_at: datetime) -> datetime | None:
    return in_a_year(checked_at)
