"""Where an archive is written: a folder or one ZIP file, with the hash of everything that went in."""

import hashlib
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO

SUMS = "SHA256SUMS"
PACKED = (".xlsx", ".pdf", ".png")
"""What is compressed already; in a ZIP file it is stored as it is."""


class Sink:
    """Takes files by path in chunks, and remembers size and SHA-256 of each."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.sums: dict[str, str] = {}

    def add(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write one file; its chunks are never held together."""
        digest, size = hashlib.sha256(), 0
        with self._open(path) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        self.sums[path], self.sizes[path] = digest.hexdigest(), size

    def close(self) -> None:
        """Write the list of hashes, which ``sha256sum -c SHA256SUMS`` reads, and end."""
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(self.sums.items()))
        self.add(SUMS, [lines.encode()])

    def end(self) -> None:
        """End without a list of hashes, because there is one among the files."""

    def abandon(self) -> None:
        """End without the list of hashes; what was written so far is no archive."""
        self.end()

    def _open(self, path: str) -> IO[bytes]:
        raise NotImplementedError


class FolderSink(Sink):
    """A folder, made where it is missing."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _open(self, path: str) -> IO[bytes]:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")


class ZipSink(Sink):
    """A ZIP file; everything lies in one folder of it, so that unpacking makes no mess."""

    def __init__(self, file: IO[bytes], folder: str, when: datetime) -> None:
        super().__init__()
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._folder = folder
        self._when = (when.year, when.month, when.day, when.hour, when.minute, when.second)

    def _open(self, path: str) -> IO[bytes]:
        info = zipfile.ZipInfo(f"{self._folder}/{path}", self._when)
        info.compress_type = zipfile.ZIP_STORED if path.endswith(PACKED) else zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = 3, 0o644 << 16
        return self._zip.open(info, "w", force_zip64=True)

    def close(self) -> None:
        super().close()
        self.end()

    def end(self) -> None:
        self._zip.close()
