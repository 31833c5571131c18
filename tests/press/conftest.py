"""A key file of one's own, for tests that change it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.key_files import own_keys


@pytest.fixture
def key_file(settings: Any, tmp_path: Path) -> Iterator[Path]:
    with own_keys(settings, tmp_path) as path:
        yield path


@pytest.fixture
def few_files(monkeypatch):
    """Snapshots of a few files, for tests of which snapshots there are and who is in them."""
    from letters.press.kit import registry  # noqa: PLC0415 - the apps must be ready

    wanted = ("signatories.csv", "signatories.json", "by-country.csv", "letter.md", "methodology.md")
    monkeypatch.setattr(registry, "FILES", tuple(file for file in registry.FILES if file.name in wanted))
    monkeypatch.setattr(registry, "LAST", ())
