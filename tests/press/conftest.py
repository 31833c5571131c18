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
