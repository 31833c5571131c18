"""A guard over a browser: other hosts, errors, broken policies and dialogs are noted, from every tab."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

INLINE = ("data", "blob", "about")
HERE = ("127.0.0.1", "localhost")
REFUSALS = {400, 401, 403, 404, 409, 410, 422, 429, 503}
"""Statuses with a designed page; Chromium calls each of them an error on its console."""


class Watch:
    """What was improper on the pages of one journey, in words; ``hosts`` and ``addresses`` are what was asked for."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.addresses: list[str] = []
        self.may_visit: set[str] = set()
        """Hosts with port that this journey is sent on to, such as where a person logs in."""
        self._refused: set[str] = set()

    def follow(self, context: BrowserContext) -> None:
        """Watch every tab of a profile, also those it opens later."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", self._web_error)
        context.on("dialog", self._dialog)

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in INLINE:
            return
        if address.netloc in self.may_visit:
            return
        self.addresses.append(request.url)
        self.hosts.add(address.netloc)
        if address.hostname not in HERE or len(self.hosts) > 1:
            self.complaints.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status < 400:
            return
        if response.request.is_navigation_request() and response.status in REFUSALS:
            self._refused.add(response.url)
        else:
            self.complaints.append(f"{response.status} for {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if message.text.startswith("Failed to load resource") and message.location["url"] in self._refused:
            return
        self.complaints.append(f"console {message.type}: {message.text}")

    def _web_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
