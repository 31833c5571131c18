"""Which kinds of mail exist, and who writes them: each room registers its builders when the site starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from letters.outbox.models import Message


@dataclass(frozen=True)
class Mail:
    """A mail ready to leave; ``to`` is one plain address, ``headers`` are extra header lines."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Withhold:
    """Why a mail must not leave: a code, never a text."""

    code: str


Built = Mail | Withhold
Builder = Callable[[Sequence[Message]], dict[int, Built | Exception]]
AfterWithholding = Callable[[Sequence[UUID]], None]


@dataclass(frozen=True)
class Cap:
    """At most ``amount`` capped mails to one address within ``per``; within one letter when ``per_scope``."""

    amount: int
    per: timedelta
    per_scope: bool = False


@dataclass(frozen=True)
class Kind:
    name: str
    build: Builder
    capped: bool
    withheld: AfterWithholding | None = None


_kinds: dict[str, Kind] = {}


def register(name: str, build: Builder, *, capped: bool, withheld: AfterWithholding | None = None) -> None:
    """``capped`` kinds are those that a stranger can cause by typing an address into a form; ``withheld`` is told
    which rows will not be mailed because the address is blocked or over a cap, in the same transaction."""
    _kinds[name] = Kind(name, build, capped, withheld)


def each(messages: Sequence[Message], write: Callable[[Message], Built]) -> dict[int, Built | Exception]:
    """Build every mail by itself: one that fails is its own exception and delays no other."""
    built: dict[int, Built | Exception] = {}
    for message in messages:
        try:
            built[message.pk] = write(message)
        except Exception as error:
            built[message.pk] = error
    return built


def kind(name: str) -> Kind | None:
    return _kinds.get(name)


def capped_names() -> list[str]:
    return [kind.name for kind in _kinds.values() if kind.capped]
