"""The shapes of what machines read: exactly these fields, each with its meaning."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, create_model

from letters.press import columns

State = Literal["soon", "open", "paused", "closed", "delivered", "archived"]
Sha256 = "[0-9a-f]{64}"


class Exact(Schema):
    """No answer holds a field that is not described."""

    model_config = ConfigDict(extra="forbid")


class ParameterError(Exact):
    parameter: str = Field(description="Its name", examples=["limit"])
    detail: str = Field(description="What it takes", examples=["Input should be less than or equal to 500"])


class Problem(Exact):
    """Problem details (RFC 9457)."""

    type: str = Field(description="Leads to a paragraph about this kind of refusal")
    title: str = Field(description="The kind of refusal in a few words", examples=["Nothing is here"])
    status: int = Field(description="The HTTP status again", examples=[404])
    detail: str = Field(description="What to do")
    errors: list[ParameterError] = Field(default=[], description="For parameters that cannot be used: each of them")


class Addressee(Exact):
    name: str
    office: str
    organization: str


class Organiser(Exact):
    name: str
    role: str
    funding: str
    interests: str


class LetterSummary(Exact):
    slug: str = Field(description="Names the letter in addresses", examples=["lift-the-restriction"])
    title: str
    subtitle: str
    summary: str
    language: str = Field(description="BCP 47, of the text that is signed", examples=["en"])
    state: State = Field(description="As readers see it; “soon” before its opening hour")
    is_sample: bool = Field(description="Invented: nobody signed")
    url: str = Field(description="The letter’s page")
    api_url: str = Field(description="The letter here, with all its links")
    published_at: datetime | None = Field(description="First seen by the public")
    closes_at: datetime | None = Field(description="Takes signatures until then; null: until the organisers close it")
    version: int = Field(description="Number of the current text", examples=[2])
    text_sha256: str = Field(pattern=Sha256, description="Of the exact text that is signed now")
    persons: int = Field(description="Published natural persons; organisations are never added")
    organizations: int = Field(description="Published organisations")
    as_of: datetime = Field(description="Time of the count")


class Links(Exact):
    """Where the rest is. Files are for whole lists: streamed, with an ETag each."""

    counts: str
    signatories: str
    versions: str
    translations: str
    timeline: str
    corrections: str
    snapshots: str
    signatories_csv: str
    signatories_json: str


class LetterDetail(LetterSummary):
    addressees: list[Addressee]
    demands: list[str] = Field(description="In order; inline Markdown")
    dateline_place: str
    dateline_on: date | None
    organisers: list[Organiser] = Field(description="Who is behind the letter and who pays, in their words")
    contact: str = Field(description="Of the organisers, for questions about the letter")
    eligibility: str = Field(description="Who may sign, in the organisers’ words")
    order: str = Field(description="In which the signatories stand", examples=["in alphabetical order"])
    shows_names: bool = Field(description="false: the organisers hide every name for now; lists answer 403")
    links: Links


class Letters(Exact):
    items: list[LetterSummary] = Field(description="Newest first")
    next: str | None = Field(description="Address of the next page; null on the last one")


class ByVerification(Exact):
    """The strongest evidence of each person; adds up to ``persons``."""

    email: int
    account: int
    affiliation: int


class ByBasis(Exact):
    """What confirmed affiliations rest on."""

    work_email: int
    institutional_login: int
    orcid: int
    work_account: int
    review: int


class Counts(Exact):
    letter: str
    title: str
    letter_version: int
    text_sha256: str = Field(pattern=Sha256)
    as_of: datetime
    sentence: str = Field(description="The number as it may be printed, whole; in the letter’s language")
    persons: int
    organizations: int
    by_verification: ByVerification
    by_affiliation_basis: ByBasis
    invited: int
    reviewed: int
    checked_over_12_months_ago: int
    withheld: int = Field(description="Signed, name withheld; counted beside, never added")
    anonymised: int = Field(description="Of those withheld: listed by position and affiliation, the name checked")
    held: int = Field(description="Being checked; counted nowhere else")
    withdrawn: int = Field(description="Since publication")
    removed: int = Field(description="Since publication")
    is_sample: bool


class Funnel(Exact):
    """From the opened form to the printed line, over all days; a day’s mails may confirm the next."""

    opened: int
    forms: int
    mails: int
    bounced: int
    confirmed: int
    published: int


class Day(Exact):
    day: date
    confirmed: int = Field(description="On this day")
    total: int = Field(description="Until its end")


class Numbers(Counts):
    funnel: Funnel
    days: list[Day]


class Text(Exact):
    label: str = Field(description="“2.0”: version 2; “2.1”: with its first editorial fix", examples=["2.0"])
    version: int
    is_current: bool = Field(description="What is signed now")
    sha256: str = Field(pattern=Sha256)
    made_at: datetime
    note: str = Field(description="What an editorial fix corrected, or why a new version was made; may be empty")
    url: str = Field(description="Its page")
    api_url: str
    text_url: str = Field(description="The very bytes that the hash is of, as a file")


class Texts(Exact):
    items: list[Text] = Field(description="Newest first")


class WholeText(Text):
    language: str
    title: str
    text: str = Field(description="Markdown. Its UTF-8 bytes have the SHA-256 in “sha256”")


class TranslationSummary(Exact):
    language: str = Field(description="BCP 47, small letters", examples=["de"])
    name: str = Field(description="The language as its speakers call it", examples=["Deutsch"])
    direction: Literal["ltr", "rtl"]
    title: str
    status: Literal["reviewed", "courtesy"] = Field(description="How far to rely on it")
    translator: str
    is_older: bool = Field(description="Made from an earlier wording of this version")
    of_sha256: str = Field(description="Of the text that it was made from; empty when nobody noted it")
    url: str
    api_url: str


class Translations(Exact):
    items: list[TranslationSummary]


class WholeTranslation(TranslationSummary):
    subtitle: str
    dateline_place: str
    addressees: list[Addressee]
    salutation: str
    body: str = Field(description="Markdown")
    demands: list[str]
    closing: str


class Entry(Exact):
    id: str = Field(description="Stable")
    kind: str = Field(description="What happened", examples=["delivered"])
    label: str = Field(description="The same in words, in the letter’s language", examples=["Delivered"])
    happened_on: date
    title: str
    summary: str
    text: str = Field(description="Markdown; may be empty")
    url: str = Field(description="Where it is told elsewhere; may be empty")
    source: str
    addressee: str
    quote: str
    stance: str = Field(description="Of a response: declined, partial, full")
    is_by_organisers: bool = Field(description="Their own words, not the letter’s")
    changed_at: datetime | None = Field(description="Last correction of this entry")


class Standing(Exact):
    addressee: str
    state: str = Field(description="none, acknowledged, declined, partial, full")
    sentence: str
    days: int | None = Field(description="Since the delivery, while no response is known")


class Timeline(Exact):
    entries: list[Entry] = Field(description="Newest first")
    standings: list[Standing] = Field(description="Where each addressee stands")


_MEANINGS: dict[str, str] = {
    "signature_id": "Stable; names the line for good",
    "signatory_type": "person, organization or anonymised; never added together",
    "role": "initiator, selected or signatory",
    "display_name": "As published",
    "affiliation": "As stated by the signatory",
    "verification": "email, account or affiliation: the strongest evidence in short",
    "verification_sentence": "What was proven, in the words of the page",
    "letter_version": "The text that this person saw",
    "permalink": "The line’s own page",
}
_SHOWN = [name for name in columns.names_of_columns if name != "list_position"]
Signatory: Any = create_model(
    "Signatory",
    __base__=Exact,
    __doc__="One published line: the columns of signatories.json, which docs/files.md explains, but for its place.",
    **{name: (str, Field(description=_MEANINGS.get(name, "As in signatories.json"))) for name in _SHOWN},
    text_sha256=(str, Field(description="Of exactly the text that this person saw")),
    press_contact=(bool, Field(description="A journalist may ask this person through the letter’s press room")),
)  # type: ignore[call-overload] # the columns are known at run time


class Correction(Exact):
    id: str = Field(description="Stable")
    changed_at: datetime
    kind: str = Field(description="What of it is otherwise now", examples=["withdrawn"])
    label: str = Field(description="The same in words, in the letter’s language")
    note: str = Field(description="A sentence; never the name of somebody who withdrew")
    persons_after: int | None = Field(description="The count afterwards, where it changed")


class Corrections(Exact):
    items: list[Correction] = Field(description="Newest first")
    next: str | None = Field(description="Address of the next page; null on the last one")


class SnapshotFile(Exact):
    name: str
    rows: int | None = Field(description="Of a table, without its header")
    bytes: int
    sha256: str = Field(description="Of the file as it lies there now; empty while it is made anew")
    url: str
    refusal: str = Field(description="Why there is no such file; else empty")


class SnapshotSummary(Exact):
    as_of: datetime
    label: str = Field(description="Names it in addresses", examples=["2026-11-28T1800Z"])
    number: int
    text_label: str
    text_sha256: str
    persons: int
    organizations: int
    redacted: int = Field(description="Lines that are empty in its files now, mostly at their signatories’ request")
    files_removed_at: datetime | None = Field(description="When its files were thinned out; numbers and hashes stay")
    url: str
    api_url: str


class Snapshots(Exact):
    items: list[SnapshotSummary] = Field(description="Newest first; the newest 100")


class WholeSnapshot(SnapshotSummary):
    sentence: str = Field(description="The count sentence of that time")
    files: list[SnapshotFile]


class Ledger(Exact):
    """Where the public log of a letter is; how to check it stands in the repository, docs/."""

    origin: str = Field(description="Names the log")
    size: int = Field(description="Entries under the newest checkpoint")
    checkpoint: str = Field(description="The newest checkpoint: a C2SP signed note, as it stands")
    key: str = Field(description="The key that signed it, as a verifier key")
    checkpoint_url: str
    entries_url: str
    openings_url: str


class Proof(Exact):
    index: int
    size: int
    entry: str = Field(description="The entry: one line, as in entries.jsonl")
    proof: str = Field(description="A file in the format c2sp.org/tlog-proof@v1, with the checkpoint in it")


class AnonymisedLine(Exact):
    line_id: UUID = Field(description="Stable; its own, no other list has it")
    position: str
    affiliation: str = Field(description="As it is printed; it may say less than the signatory wrote first")
    verification_sentence: str


class Anonymised(Exact):
    letter: str
    letter_version: int
    as_of: datetime
    items: list[AnonymisedLine] = Field(description="In the order of what is printed")
    next: str | None = Field(description="Address of the next page; null on the last one")


class Signatories(Exact):
    letter: str
    letter_version: int
    as_of: datetime
    order: str = Field(description="In which they stand")
    items: list[Signatory]
    next: str | None = Field(description="Address of the next page; null on the last one")
