"""A letter from one file: YAML front matter between two lines of dashes, then the body in Markdown.

Every complaint names the line and the field, and nothing is stored unless the whole file is right.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import yaml
from django.conf import settings
from django.db import transaction

from letters.core.errors import RuleError
from letters.documents import measures, publishing
from letters.documents.models import Letter, LetterState, Ordering, PublishFrom, Version
from letters.ledger import audit

MAX_FILE_BYTES = 1_000_000
MOST_AN_HOUR = 1_000_000
T = TypeVar("T")
NOBODY: list[dict[str, str]] = []
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*")


class FileRefused(RuleError):
    """``message`` is a whole sentence with line and field."""

    code = "letter-file"


def refuse(line: int, field: str, why: str) -> FileRefused:
    return FileRefused(f"Line {line}, {field}: {why}")


@dataclass(frozen=True)
class Field:
    """One value of the front matter with the line it stands on, for complaints."""

    name: str
    line: int
    value: Any

    def refuse(self, why: str) -> FileRefused:
        return refuse(self.line, self.name, why)

    def text(self, most: int) -> str:
        if not isinstance(self.value, str | int | float) or isinstance(self.value, bool):
            raise self.refuse("must be text.")
        text = " ".join(str(self.value).split())
        if len(text) > most:
            raise self.refuse(measures.too_long(len(text), most))
        return text

    def items(self) -> list[Any]:
        if not isinstance(self.value, list):
            raise self.refuse("must be a list, one item per line that begins with “- ”.")
        if len(self.value) > measures.MAX_ITEMS:
            raise self.refuse(measures.too_many(len(self.value)))
        return self.value

    def people(self, *keys: str) -> list[dict[str, str]]:
        """A list of mappings with these keys, each optional but at least one given."""
        found = []
        for item in self.items():
            if not isinstance(item, dict) or not item:
                raise self.refuse(f"each item must have some of the keys {', '.join(keys)}.")
            if unknown := set(item) - set(keys):
                raise self.refuse(f"has an unknown key “{sorted(map(str, unknown))[0]}”; known are {', '.join(keys)}.")
            found.append(
                {key: Field(f"{self.name}.{key}", self.line, item.get(key, "")).text(measures.MAX_CELL) for key in keys}
            )
        return found

    def moment(self) -> datetime | None:
        if self.value in (None, ""):
            return None
        try:
            found = self.value if isinstance(self.value, datetime) else datetime.fromisoformat(str(self.value))
        except ValueError as error:
            raise self.refuse("must be a time such as 2026-11-16T09:00:00+01:00.") from error
        if found.tzinfo is None:
            raise self.refuse("needs a zone, such as +01:00 or Z.")
        return found

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not 0 <= self.value <= MOST_AN_HOUR:
            raise self.refuse(f"must be a whole number from 0 to {MOST_AN_HOUR}.")
        return self.value

    def one_of(self, choices: list[str]) -> str:
        if self.value not in choices:
            raise self.refuse(f"must be one of {', '.join(choices)}.")
        return str(self.value)


@dataclass(frozen=True)
class LetterFile:
    """What a file says: ``rules`` are columns of Letter, ``words`` are the parts of a Version."""

    slug: str
    state: str
    rules: dict[str, Any]
    words: dict[str, Any]


_TEXTS = ("title", "subtitle", "salutation", "closing", "summary", "contact")
KEYS = (
    "slug", "title", "subtitle", "language", "sample", "summary", "dateline", "addressees", "salutation", "closing",
    "demands", "initiators", "organisers", "contact", "order", "opens_at", "closes_at", "state", "methods",
    "publish_from", "watched_names", "spike_per_hour",
)  # fmt: skip
FILE_STATES = [str(state) for state in (LetterState.DRAFT, LetterState.OPEN, LetterState.PAUSED, LetterState.CLOSED)]
"""What a file may begin with; the other states have conditions and are reached at the desk."""
REQUIRED = ("slug", "title", "addressees", "demands")


def parse(source: str) -> LetterFile:
    """Read a letter file.

    Raises:
        FileRefused: anything is missing, unknown, too long or malformed; names line and field.
    """
    front, body, body_line = _split(source)
    fields = _fields(front)
    for name in REQUIRED:
        if name not in fields or not fields[name].value:
            raise refuse(1, name, "is required in the front matter.")
    if not body.strip():
        raise refuse(body_line, "body", "is empty; write the letter below the second line of dashes.")
    if len(body) > measures.MAX_BODY:
        raise refuse(body_line, "body", measures.too_long(len(body), measures.MAX_BODY))
    texts = {name: fields[name].text(measures.LINES[name]) if name in fields else "" for name in _TEXTS}
    return LetterFile(
        slug=_slug(fields["slug"]),
        state=_optional(fields, "state", lambda f: f.one_of(FILE_STATES), str(LetterState.OPEN)),
        rules={"summary": texts["summary"], "contact": texts["contact"], **_rules(fields)},
        words={
            **{name: texts[name] for name in ("title", "subtitle", "salutation", "closing")},
            **_dateline(fields.get("dateline")),
            "body": body.strip(),
            "addressees": fields["addressees"].people(*measures.ADDRESSEE),
            "demands": [
                Field("demands", fields["demands"].line, d).text(measures.MAX_DEMAND) for d in fields["demands"].items()
            ],
        },
    )


def _split(source: str) -> tuple[str, str, int]:
    """(front matter, body, line on which the body begins)."""
    if len(source.encode("utf-8", "replace")) > MAX_FILE_BYTES:
        raise refuse(1, "file", f"is larger than {MAX_FILE_BYTES} bytes.")
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---":
        raise refuse(1, "front matter", "the first line must be three dashes.")
    ends = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if ends is None:
        raise refuse(len(lines), "front matter", "there is no second line of three dashes.")
    return "\n".join(lines[1:ends]), "\n".join(lines[ends + 1 :]), ends + 2


def _fields(front: str) -> dict[str, Field]:
    loader = yaml.SafeLoader(front)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise refuse(line, "front matter", f"is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise refuse(1, "front matter", "is not YAML.") from error
    if not isinstance(node, yaml.MappingNode):
        raise refuse(2, "front matter", "must be lines of “key: value”.")
    fields: dict[str, Field] = {}
    for key_node, value_node in node.value:
        name, line = str(key_node.value), key_node.start_mark.line + 2
        if name not in KEYS:
            raise refuse(line, name, f"is not a known field; known are {', '.join(KEYS)}.")
        if name in fields:
            raise refuse(line, name, f"stands here a second time (first on line {fields[name].line}).")
        fields[name] = Field(name, line, _value(loader, value_node, name, line))
    return fields


def _value(loader: yaml.SafeLoader, node: yaml.Node, name: str, line: int) -> Any:
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 30 February
        raise refuse(line, name, "holds a value that cannot be read, such as a day that does not exist.") from error


def _optional(fields: dict[str, Field], name: str, read: Callable[[Field], T], default: T) -> T:
    return read(fields[name]) if name in fields else default


def _slug(field: Field) -> str:
    slug = field.text(80)
    if not _SLUG.fullmatch(slug):
        raise field.refuse("may hold a to z, 0 to 9 and single hyphens, such as “lift-the-restriction”.")
    return slug


def _language(field: Field) -> str:
    language = field.text(35)
    if not _LANGUAGE.fullmatch(language):
        raise field.refuse("must be a language tag such as en, de or pt-BR.")
    return language


def _sample(field: Field) -> bool:
    if not isinstance(field.value, bool):
        raise field.refuse("must be true or false.")
    return field.value


def _rules(fields: dict[str, Field]) -> dict[str, Any]:
    opens_at = _optional(fields, "opens_at", Field.moment, None)
    closes_at = _optional(fields, "closes_at", Field.moment, None)
    if opens_at and closes_at and closes_at <= opens_at:
        raise fields["closes_at"].refuse("must be later than opens_at.")
    return {
        "language": _optional(fields, "language", _language, "en"),
        "is_sample": _optional(fields, "sample", _sample, False),
        "ordering": _optional(fields, "order", lambda f: f.one_of(list(Ordering.values)), str(Ordering.ALPHABETICAL)),
        "initiators": _optional(fields, "initiators", lambda f: f.people(*measures.INITIATOR), NOBODY),
        "organisers": _optional(fields, "organisers", lambda f: f.people(*measures.ORGANISER), NOBODY),
        "opens_at": opens_at,
        "closes_at": closes_at,
        **_checks(fields),
    }


def _checks(fields: dict[str, Field]) -> dict[str, Any]:
    """The rules of checking that the file names; those it leaves out stay as they were set at the desk."""
    readers: dict[str, Callable[[Field], Any]] = {
        "methods": lambda f: [
            Field("methods", f.line, one).one_of(list(settings.VERIFICATION_METHODS)) for one in f.items()
        ],
        "publish_from": lambda f: f.one_of(list(PublishFrom.values)),
        "watched_names": lambda f: [Field("watched_names", f.line, one).text(120) for one in f.items()],
        "spike_per_hour": Field.whole,
    }
    return {name: read(fields[name]) for name, read in readers.items() if name in fields}


def _dateline(field: Field | None) -> dict[str, Any]:
    if field is None:
        return {"dateline_place": "", "dateline_on": None}
    value = field.value if isinstance(field.value, dict) else {}
    if not value or set(value) - {"place", "date"}:
        raise field.refuse("must have the keys place and date.")
    on = value.get("date")
    if on is not None and (not isinstance(on, date) or isinstance(on, datetime)):
        raise field.refuse("date must be a day such as 2026-11-16.")
    return {
        "dateline_place": Field("dateline.place", field.line, value.get("place", "")).text(
            measures.LINES["dateline_place"]
        ),
        "dateline_on": on,
    }


@dataclass(frozen=True)
class Loaded:
    letter: Letter
    version: Version
    is_new: bool
    is_new_text: bool
    is_reordered: bool


@transaction.atomic
def load(file: LetterFile, *, by: str) -> Loaded:
    """Store a letter as its file says. Idempotent; a changed text of a signed letter becomes a new version.

    The state of the file is applied to a new letter only: afterwards it is moved by hand, not by loading again.
    """
    letter, is_new = Letter.objects.get_or_create(slug=file.slug, defaults=file.rules)
    before_version, before_ordering = letter.version_id, letter.ordering
    if not is_new:
        Letter.objects.filter(pk=letter.pk).update(**file.rules)
    version = publishing.set_words(letter, file.words, by=by)
    if is_new and file.state != LetterState.DRAFT:
        publishing.move(letter, LetterState.OPEN, by=by)
        publishing.move(letter, file.state, by=by)
    letter = Letter.objects.select_related("version").get(pk=letter.pk)
    if is_new:
        audit.record(audit.Action.LETTER_LOADED, letter, by=by)
    return Loaded(
        letter=letter,
        version=version,
        is_new=is_new,
        is_new_text=version.pk != before_version,
        is_reordered=letter.ordering != before_ordering,
    )
