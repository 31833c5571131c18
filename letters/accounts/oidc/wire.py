"""Requests to providers: each has an end in time and size, follows no redirect, and takes nothing from the
environment (no proxy, no password file)."""

import time
from typing import Any

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

MOST_BYTES = 300_000
PIECE = 65_536


class AnswerTooLarge(requests.RequestException):
    """The provider sent more than 300 kB, or took longer than twice SOCIALACCOUNT_REQUESTS_TIMEOUT."""


class CautiousSession(requests.Session):
    """What allauth asks providers with."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Raises requests.RequestException whatever goes wrong on the way."""
        seconds = settings.SOCIALACCOUNT_REQUESTS_TIMEOUT
        until = time.monotonic() + 2 * seconds
        kwargs.update(timeout=seconds, allow_redirects=False, stream=True)
        response = super().request(method, url, *args, **kwargs)
        try:
            self._read(response, until)
        finally:
            response.close()
        return response

    def _read(self, response: requests.Response, until: float) -> None:
        body = bytearray()
        try:
            # read1 gives what is there; read would wait until it has all it asked for, however slowly that comes.
            while piece := response.raw.read1(PIECE, decode_content=True):
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > until:
                    raise AnswerTooLarge
        except HTTPError as error:
            raise requests.ConnectionError(type(error).__name__) from error
        response._content = bytes(body)  # as requests itself keeps a body that was read whole
