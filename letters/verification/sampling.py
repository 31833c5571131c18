"""Invented evidence of invented signatories, so that a sample letter shows every sentence that there is."""

import shlex
from collections.abc import Sequence

from letters.documents.loading import refuse
from letters.signatures.models import Role, Signature
from letters.verification import recording
from letters.verification.models import Axis, Evidence, Method

# The axis on which a sample's evidence stands; a review stands on three.
_AXES: dict[str, tuple[str, ...]] = {
    Method.EMAIL: (Axis.ADDRESS,),
    Method.INVITATION: (Axis.NAME,),
    Method.REVIEW: (Axis.NAME, Axis.POSITION, Axis.AFFILIATION),
    Method.ORGANIZATION: (Axis.AFFILIATION,),
}


def store(rows: Sequence[tuple[Signature, int, str]]) -> None:
    """Store what the file says of each new sample: ``method key=value; method key=value``.

    Raises:
        RuleError: a method or claim cannot be read, or somebody stands above the list without invitation and review;
            names the line of the file.
    """
    for signature, line, text in rows:
        if signature.role != Role.SIGNATORY and not {"invitation", "review"} & set(text.replace(";", " ").split()):
            raise refuse(line, "role", f"{signature.role} needs the evidence invitation or review.")
    evidence = [row for signature, line, text in rows for row in _read(signature, line, text)]
    Evidence.objects.bulk_create(evidence)
    for signature, _line, _text in rows:
        recording.changed(signature)


def _read(signature: Signature, line: int, text: str) -> list[Evidence]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        try:
            method, *pairs = shlex.split(part)
            claim = dict(pair.split("=", 1) for pair in pairs)
        except ValueError as error:
            raise refuse(line, "evidence", f"“{part}” must be a method and key=value pairs.") from error
        if method not in Method.values:
            raise refuse(line, "evidence", f"“{method}” is not one of {', '.join(Method.values)}.")
        for axis in _AXES.get(method, (Axis.AFFILIATION,) if "organization" in claim else (Axis.ACCOUNT,)):
            found.append(_row(signature, method, axis, claim))
    return found


def _row(signature: Signature, method: str, axis: str, claim: dict[str, str]) -> Evidence:
    assert signature.confirmed_at is not None  # noqa: S101 - samples are loaded as confirmed
    return Evidence(
        signature=signature,
        letter_id=signature.letter_id,
        method=method,
        axis=axis,
        claim=claim,
        source="invented",
        checked_at=signature.confirmed_at,
    )
