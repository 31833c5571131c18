"""Uploads stay in memory and small: nothing that a person hands in touches a disk before it is sealed."""

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload

MOST_BYTES = 6_000_000  # of one request; letters.moderation refuses single files from 5 MB with its own sentence


class SmallFiles(MemoryFileUploadHandler):
    """Keeps a file in memory and ends the request's body early where it is larger than anything we take."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any, **more: Any) -> None:
        self.activated = True
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > MOST_BYTES:
            raise StopUpload(connection_reset=False)
        self.file.write(raw_data)
