"""The columns of the signatory files, once: each with its SQL for PostgreSQL and its Python for everything else.

Names and order are those that docs/files.md promises newsrooms. A test holds the two forms equal, byte for byte.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC

from django.utils import translation

from letters.core import places
from letters.core.typed import FORMULA_STARTS
from letters.signatures.models import Signature
from letters.verification import assurance


@dataclass(frozen=True)
class Context:
    """What every row of one file shares. ``position`` counts from 1 in the declared order."""

    version_number: int
    permalink: str  # with "{id}" where the signature's id goes
    position: int = 0
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # {editorial fix: (label, SHA-256)}, "0": none

    def text_of(self, row: Signature) -> tuple[str, str]:
        """(label, SHA-256) of the words that this person saw."""
        return self.texts.get(str(row.amendment), (str(self.version_number), ""))


@dataclass(frozen=True)
class Column:
    name: str
    python: Callable[[Signature, Context], str]
    sql: str
    typed: bool = False  # people wrote it: guard against spreadsheet formulas


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. Source: OWASP ASVS 5.0, 1.2.10; CWE-1236."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before ``guarded``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def guarded_sql(sql: str) -> str:
    starts = ",".join(_literal(start) for start in FORMULA_STARTS if start != "\0")  # PostgreSQL stores no NUL
    return f"CASE WHEN left({sql}, 1) IN ({starts}) THEN '''' || {sql} ELSE {sql} END"


def _literal(text: str) -> str:
    return "E'" + "".join(f"\\u{ord(char):04x}" for char in text) + "'"


def english_countries() -> dict[str, str]:
    """{alpha-2 code: English name}: files speak English, whatever the letter's language."""
    with translation.override("en"):
        return places.names()


def _text(attribute: str) -> Callable[[Signature, Context], str]:
    return lambda row, context: str(getattr(row, attribute))


def _fixed(value: str) -> Callable[[Signature, Context], str]:
    return lambda row, context: value


def _day(row: Signature, context: Context) -> str:
    return row.confirmed_at.astimezone(UTC).date().isoformat() if row.confirmed_at else ""


def _checked_on(row: Signature, context: Context) -> str:
    at = row.checked_at or (None if row.is_sample else row.confirmed_at)
    return at.astimezone(UTC).date().isoformat() if at else ""


def _sentence(row: Signature, context: Context) -> str:
    if row.sentence:
        return assurance.SAMPLE_AS.format(sentence=row.sentence) if row.is_sample else row.sentence
    with translation.override("en"):
        return assurance.sentence_for(is_sample=row.is_sample, confirmed_at=row.confirmed_at)


def _flag(attribute: str) -> Callable[[Signature, Context], str]:
    return lambda row, context: "true" if getattr(row, attribute) else "false"


def _flag_sql(column: str) -> str:
    return f"CASE WHEN s.{column} THEN 'true' ELSE 'false' END"


_DAY_SQL = "to_char(s.confirmed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
_CHECKED_AT_SQL = "coalesce(s.checked_at, CASE WHEN NOT s.is_sample THEN s.confirmed_at END)"
_CHECKED_SQL = f"to_char({_CHECKED_AT_SQL} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
_EMAIL_SQL = "'{}' || to_char(s.confirmed_at AT TIME ZONE 'UTC', 'FMDD FMMonth YYYY') || '{}'".format(
    *assurance.EMAIL.split("{date}")
)
_SAMPLE_AS_SQL = "'{}' || s.sentence || '{}'".format(*assurance.SAMPLE_AS.split("{sentence}"))
_SENTENCE_SQL = (
    f"CASE WHEN s.is_sample AND s.sentence = '' THEN '{assurance.SAMPLE}' WHEN s.is_sample THEN {_SAMPLE_AS_SQL} "
    f"WHEN s.sentence <> '' THEN s.sentence ELSE {_EMAIL_SQL} END"
)

_PLACE_SQL = "row_number() OVER (ORDER BY s.list_key, s.id)"

COLUMNS = (
    Column("signature_id", _text("public_id"), "s.public_id"),
    Column("list_position", lambda row, context: str(context.position), _PLACE_SQL),
    Column("signatory_type", _text("signatory_type"), "s.signatory_type"),
    Column("role", _text("role"), "s.role"),
    Column("display_name", _text("display_name"), "s.display_name", typed=True),
    Column("sort_name", _text("sort_name"), "s.sort_name", typed=True),
    *(Column(name, _text(name), f"s.{name}", typed=True) for name in (
        "given_name", "family_name", "name_latin", "honorific_prefix", "honorific_suffix",
    )),
    Column("position", _text("position"), "s.position", typed=True),
    Column("affiliation", _text("affiliation"), "s.affiliation", typed=True),
    Column("affiliation_status", _text("affiliation_status"), "s.affiliation_status"),
    Column("organization_id", _text("organization_ref"), "s.organization_ref"),
    Column("organization_name", _text("organization_name"), "s.organization_name", typed=True),
    Column("sector", _text("sector"), "s.sector"),
    Column("country_code", lambda row, _: places.alpha3().get(row.country, ""), "%(alpha3)s::jsonb ->> s.country"),
    Column("country", lambda row, _: english_countries().get(row.country, ""), "%(country)s::jsonb ->> s.country"),
    Column(
        "capacity",
        lambda row, context: "on_behalf" if row.signatory_type == "organization" else "personal",
        "CASE WHEN s.signatory_type = 'organization' THEN 'on_behalf' ELSE 'personal' END",
    ),
    Column("signed_on", _day, _DAY_SQL),
    Column(
        "letter_version", lambda row, context: context.text_of(row)[0], "%(texts)s::jsonb -> s.amendment::text ->> 0"
    ),
    Column("verification", _text("verification"), "s.verification"),
    Column("affiliation_basis", _text("affiliation_basis"), "s.affiliation_basis"),
    Column(
        "email_domain",
        lambda row, context: row.proven_domain if row.consent_domain else "",
        "CASE WHEN s.consent_domain THEN s.proven_domain ELSE '' END",
    ),
    Column("invited", _flag("is_invited"), _flag_sql("is_invited")),
    Column("reviewed", _flag("is_reviewed"), _flag_sql("is_reviewed")),
    Column("checked_on", _checked_on, _CHECKED_SQL),
    Column("verification_sentence", _sentence, _SENTENCE_SQL, typed=True),
    Column("comment", _text("shown_comment"), "CASE WHEN s.consent_comment THEN s.comment ELSE '' END", typed=True),
    Column(
        "quote_permission",
        _text("quote_permission"),
        "CASE WHEN s.consent_quote THEN 'named' WHEN s.consent_quote_unnamed THEN 'unnamed' ELSE 'none' END",
    ),
    Column("orcid", _text("orcid"), "s.orcid"),
    Column("website", _text("website"), "s.website", typed=True),
    Column(
        "permalink",
        lambda row, context: context.permalink.replace("{id}", str(row.public_id)),
        "replace(%(permalink)s::text, '{id}', s.public_id::text)",
    ),
)  # fmt: skip

names_of_columns = tuple(column.name for column in COLUMNS)


def cells(row: Signature, context: Context) -> list[str]:
    """One row of the file as guarded cells."""
    return [guarded(column.python(row, context)) if column.typed else column.python(row, context) for column in COLUMNS]


def values(row: Signature, context: Context) -> dict[str, str]:
    """One row as JSON shows it: not guarded, as no spreadsheet runs JSON; with the hash of the text that was seen."""
    shown = {column.name: column.python(row, context) for column in COLUMNS}
    return {**shown, "text_sha256": context.text_of(row)[1]}
