"""Telling others about a letter: words to copy and plain links. This site mails and asks no third party."""

import re
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from letters.documents.models import Letter, Words
from letters.outreach import addressees, plain

_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
TYPED_MAX = 300


def colleagues_text(letter: Letter, text: Words, *, url: str, name: str = "") -> str:
    """A mail to a colleague, in plain text: what the letter asks of whom, and where it is. ``name`` is who has signed,
    empty before somebody has."""
    begin = _("I have signed an open letter: “{title}”.") if name else _("There is an open letter: “{title}”.")
    parts = [_("Dear colleague,"), begin.format(title=text.title)]
    if whom := addressees.labels_of(letter):
        parts.append(_("It is addressed to {addressees}.").format(addressees="; ".join(whom)))
    if letter.summary:
        parts.append(letter.summary)
    demands = "\n".join(f"{place}. {plain.text_of(demand)}" for place, demand in enumerate(text.demands, 1))
    if demands:
        parts.append(_("It asks:") + "\n" + demands)
    if letter.is_open:
        parts.append(_("Read it, and sign it if you agree; it takes a minute:") + "\n" + url)
    else:
        parts.append(_("Read it here:") + "\n" + url)
    return "\n\n".join([*parts, name or _("Best regards")])


def mastodon_host(typed: str) -> str:
    """The server in what somebody typed: «mastodon.social», «@me@mastodon.social», or an address there; empty when it
    names none."""
    found = typed.strip().lower()[:TYPED_MAX]
    try:
        host = urlsplit(found if "//" in found else f"//{found.rpartition('@')[2]}").hostname or ""
    except ValueError:
        return ""
    return host if _HOST.match(host) else ""


def mastodon_link(host: str, *, text: str, url: str) -> str:
    return f"https://{host}/share?text={quote(f'{text} {url}', safe='')}"
