"""A key file of a test's own; imports no model, so that a conftest may use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from letters.core import keyring


@contextmanager
def own_keys(settings: Any, folder: Path) -> Iterator[Path]:
    """A fresh key file that nothing else seals with; the usual one is back afterwards."""
    path = folder / "keys.json"
    keyring.write(path, keyring.fresh_document())
    usual, settings.KEYS_FILE = settings.KEYS_FILE, str(path)
    keyring.forget()
    yield path
    settings.KEYS_FILE = usual
    keyring.forget()
