"""Lists in a form, one row for each item: added, removed and moved by buttons that work without a script.

A cell is named «list-place-key»; a button of a row is ``action`` with «verb:list:place».
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

MOST_READ = 60
"""Rows of one list that a form is read for: beyond the limit of every list, so that its own sentence is shown."""
Text = str | Promise


@dataclass(frozen=True)
class Column:
    """One field of every row."""

    key: str
    label: Text
    is_area: bool = False
    help: Text = ""
    hint: Text = ""
    """An example, shown until something is typed."""


@dataclass(frozen=True)
class Kind:
    """A list as the form shows it: its name, and the words around it."""

    name: str
    legend: Text
    one: Text
    """What one row is called: «Addressee»."""
    add: Text
    columns: tuple[Column, ...]
    help: Text = ""
    is_ordered: bool = True


@dataclass
class Rows:
    """The rows of one list, at least one of them, with what is wrong with them."""

    kind: Kind
    items: list[dict[str, str]]
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Every row with its cells, for desk/rows.html."""
        items = self.items or [{}]
        return [
            {
                "place": place,
                "number": place + 1,
                "is_first": place == 0,
                "is_last": place == len(items) - 1,
                "cells": [self._cell(place, column, item) for column in self.kind.columns],
            }
            for place, item in enumerate(items)
        ]

    def _cell(self, place: int, column: Column, item: Mapping[str, str]) -> dict[str, Any]:
        name = f"{self.kind.name}-{place}-{column.key}"
        return {
            "name": name,
            "id": f"id_{name}",
            "column": column,
            "value": item.get(column.key, ""),
            "error": self.problems.get(name, ""),
        }

    @property
    def error(self) -> str:
        """What is wrong with the list as a whole."""
        return self.problems.get(self.kind.name, "")

    @property
    def anchors(self) -> list[tuple[str, str]]:
        """(id, sentence) of every problem, for the summary."""
        return [(f"id_{name}", sentence) for name, sentence in self.problems.items()]


def of_items(kind: Kind, items: Sequence[Mapping[str, Any]]) -> Rows:
    """Rows of stored items."""
    return Rows(kind, [{column.key: str(item.get(column.key) or "") for column in kind.columns} for item in items])


def of_post(kind: Kind, data: QueryDict) -> Rows:
    """Rows as they were sent, in their order; those without a word are kept, since somebody may be about to type."""
    pattern = re.compile(rf"{re.escape(kind.name)}-([0-9]{{1,4}})-[a-z_]+")
    places = sorted({int(found[1]) for name in data if (found := pattern.fullmatch(name))})
    items = [
        {column.key: data.get(f"{kind.name}-{place}-{column.key}", "") for column in kind.columns}
        for place in places[:MOST_READ]
    ]
    return Rows(kind, items)


def act(action: str, lists: Mapping[str, Rows]) -> bool:
    """Do what a row's button says; False when the button is none of a row."""
    verb, _, rest = action.partition(":")
    name, _, place = rest.partition(":")
    if name not in lists or verb not in ("add", "remove", "up", "down"):
        return False
    items = lists[name].items
    at = int(place) if place.isdecimal() and len(place) < 4 else 0
    if verb == "add":
        items.append({})
    elif verb == "remove" and at < len(items):
        del items[at]
    elif verb in ("up", "down"):
        to = at - 1 if verb == "up" else at + 1
        if 0 <= to < len(items) and at < len(items):
            items[at], items[to] = items[to], items[at]
    return True
