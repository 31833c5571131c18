"""What can be printed, as plain data: whoever holds rows makes these of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class PrintedText:
    """The words of a letter in one language. ``body`` and ``demands`` are Markdown; ``dateline`` is written out;
    ``addressees`` are lines of each."""

    title: str
    body: str
    language: str = "en"
    direction: str = "ltr"
    subtitle: str = ""
    dateline: str = ""
    addressees: Sequence[Sequence[str]] = ()
    salutation: str = ""
    demands: Sequence[str] = ()
    closing: str = ""


@dataclass(frozen=True)
class PrintedLetter:
    """A letter to be set. ``as_of`` is the only date that the file holds, so that it is the same file each time.

    ``remark`` says what this text is beside the authoritative one, for a translation. ``url`` is where it is read.
    """

    text: PrintedText
    url: str
    as_of: datetime
    as_of_text: str
    site_name: str
    text_label: str = ""
    sha256: str = ""
    remark: str = ""
    is_sample: bool = False


@dataclass(frozen=True)
class PrintedLine:
    """What is printed of one signatory or organisation; ``affiliation`` is written out with its status. ``name_latin``
    is printed where no type has the letters of ``name``."""

    name: str
    position: str = ""
    affiliation: str = ""
    country: str = ""
    name_latin: str = ""

    @property
    def description(self) -> str:
        return ", ".join(part for part in (self.position, self.affiliation, self.country) if part)


@dataclass(frozen=True)
class PrintedList:
    """A letter with those who signed it, each in the declared order. ``anonymised`` are lines without a name: position
    and affiliation stand in its place. ``watermark`` is printed across every page of a copy that one person was given,
    ``notice`` at the head of each; ``organisers`` answer for an advertisement."""

    letter: PrintedLetter
    count_sentence: str
    disclaimer: str
    order: str = ""
    initiators: Sequence[PrintedLine] = ()
    selected: Sequence[PrintedLine] = ()
    organizations: Sequence[PrintedLine] = ()
    signatories: Sequence[PrintedLine] = ()
    anonymised: Sequence[PrintedLine] = ()
    organisers: Sequence[str] = ()
    contact: str = ""
    watermark: str = ""
    notice: str = ""

    @property
    def size(self) -> int:
        """How many lines it has."""
        parts = (self.initiators, self.selected, self.organizations, self.signatories, self.anonymised)
        return sum(map(len, parts))


@dataclass(frozen=True)
class PrintedFacts:
    """One page for a desk: the number, what it is made of, who is behind the letter, what happened, whom to ask.

    ``tables`` are (title, rows of (label, amount)); ``organisers`` (name, what they say of themselves); ``timeline``
    (day, what); ``faq`` (question, answer in Markdown).
    """

    letter: PrintedLetter
    count_sentence: str
    summary: str = ""
    tables: Sequence[tuple[str, Sequence[tuple[str, int]]]] = ()
    organisers: Sequence[tuple[str, str]] = ()
    timeline: Sequence[tuple[str, str]] = ()
    faq: Sequence[Mapping[str, str]] = field(default=())
    contact: str = ""
    methodology_url: str = ""


@dataclass(frozen=True)
class Printed:
    """A finished file, and what its reader should know of it: names that no type could set, tags that are missing."""

    content: bytes
    notes: tuple[str, ...] = ()
