"""A visitor at the door: opens a form, fills it in, sends it, and reads what came back."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import reverse

from campaign.public.views.signing import fresh_nonce
from letters.outbox import sending
from letters.signatures import signing

SUZIE = {
    "display_name": "Suzie van der Berg",
    "position": "Professor of Cryptography",
    "affiliation": "University X",
    "affiliation_status": "emeritus",
    "country": "NL",
    "email": "suzie@example.com",
    "comment": "I found 12 holes last year.",
    "consent_publish": "on",
    "consent_comment": "on",
}


@dataclass
class Form:
    """One form of a page: where it goes, and what its fields hold now."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms = []
        self.text = []
        self._area = self._select = None

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get").lower()))
        elif tag == "input" and self.forms:
            self._input(found)
        elif tag == "textarea" and "name" in found:  # one without is there to be copied from
            self._area = found["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "select":
            self._select = found["name"]
            self.forms[-1].fields[self._select] = ""
        elif tag == "option" and self._select and "selected" in found:
            self.forms[-1].fields[self._select] = found["value"]
        elif tag == "button" and "name" in found and self.forms:
            self.forms[-1].buttons.append((found["name"], found["value"]))

    def _input(self, found):
        form, name = self.forms[-1], found.get("name")
        if not name or (found.get("type") == "checkbox" and "checked" not in found):
            return
        form.fields[name] = found.get("value", "on" if found.get("type") == "checkbox" else "")
        if found.get("type") == "hidden":
            form.hidden[name] = form.fields[name]

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            # A browser drops the first line break of a textarea.
            form = self.forms[-1]
            form.fields[self._area] = form.fields[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._area:
            self.forms[-1].fields[self._area] += data
        self.text.append(data)


def forms_in(response):
    """The forms of a page in their order."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.forms


def words_of(response):
    """What a page says, white space made single."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return " ".join("".join(reader.text).split())


def form_with(response, name):
    """The form that holds a field of this name."""
    return next(form for form in forms_in(response) if name in form.fields)


def sign_path(letter):
    return reverse("public:sign", args=[letter.slug])


def open_form(client, letter, **typed):
    """What Suzie's browser will send: the form as the page gave it, filled in."""
    form = form_with(client.get(sign_path(letter)), "display_name")
    return {**form.hidden, **SUZIE, "action": "sign", **typed}


def filled(letter, **typed):
    """The same without opening the page, which is long: for tests of what comes after."""
    hidden = {"nonce": fresh_nonce(), "version": letter.version.sha256[: signing.SHA256_SHOWN]}
    return {**hidden, **SUZIE, "action": "sign", **typed}


def send(client, letter, **typed):
    """Press Sign under a form that was filled in."""
    return client.post(sign_path(letter), filled(letter, **typed))


def send_again(client, response, path, **changes):
    """Press the button of the page that came back, as it came back; the answer to that."""
    form = form_with(response, "display_name")
    return client.post(urljoin(path, form.action), {**form.fields, "action": "sign", **changes})


def link_in(mail, part):
    """The path of the link in a mail's text that holds ``part``, such as ``/confirm/``."""
    line = next(line for line in mail.body.splitlines() if part in line)
    return urlsplit(line.strip()).path


def deliver(mailoutbox):
    """Let the worker do its work; the mails that left now."""
    before = len(mailoutbox)
    sending.deliver_due()
    return mailoutbox[before:]
