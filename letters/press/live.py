"""The list as it stands, as a source of the same files that snapshots have."""

from letters.documents.models import Letter, Version
from letters.press.kit import heads, making
from letters.press.kit.source import Source
from letters.signatures.sentences import Count


def source_of(letter: Letter, version: Version, count: Count) -> Source:
    """Its rows are read when a file is made, page by page."""
    return Source(heads.head_of(letter, version, count), lambda: making.rows_now(letter, version))
