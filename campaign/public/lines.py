"""One printed signature as templates get it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from letters.signatures import names, signing
from letters.signatures.models import AnonymousLine, Signature
from letters.verification import assurance


@dataclass(frozen=True)
class Line:
    """Exactly what is printed of one signatory."""

    public_id: UUID | None
    name: str
    description: str
    comment: str
    confirmed_at: datetime | None
    is_sample: bool
    role: str
    proofs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The sentence of evidence, made where it is printed."""
        return assurance.sentence_for(is_sample=self.is_sample, confirmed_at=self.confirmed_at, proofs=self.proofs)


def line_of(signature: Signature) -> Line:
    return Line(
        public_id=signature.public_id,
        name=signature.display_name,
        description=names.description_as_printed(signature),
        comment=signature.shown_comment,
        confirmed_at=signature.confirmed_at,
        is_sample=signature.is_sample,
        role=signature.role,
        proofs=signature.proofs,
    )


def line_to_print(signature: Signature) -> Line:
    """The line of an attempt: an attempt that is hidden asks for its name to be withheld."""
    line = line_of(signature)
    if signature.hidden_at is None:
        return line
    return replace(line, name="", description=", ".join(filter(None, signing.words_of(signature))), comment="")


def lines_of(signatures: Iterable[Signature]) -> list[Line]:
    return [line_of(signature) for signature in signatures]


@dataclass(frozen=True)
class UnnamedLine:
    """Exactly what is printed of somebody whose name is withheld."""

    label: str
    sentence: str


def unnamed_line_of(line: AnonymousLine) -> UnnamedLine:
    is_deleted = line.name_deleted_at is not None
    return UnnamedLine(line.label, assurance.withheld(line.checked_at, is_deleted=is_deleted))


def announced(people: Iterable[Mapping[str, str]]) -> list[Line]:
    """Initiators whom the letter names and who have not signed (yet): named, with no evidence at all."""
    return [
        Line(
            public_id=None,
            name=person["name"],
            description=", ".join(part for part in (person["position"], person["affiliation"]) if part),
            comment="",
            confirmed_at=None,
            is_sample=False,
            role="initiator",
        )
        for person in people
    ]
