"""How many by country, sector, organisation, evidence and day: tidy tables whose sums are the count sentence's.

People whose names are withheld stand in a column of their own, and a group of fewer than three of them is merged into
"other": a small group would tell who they are. Lines that became tombstones are counted as "redacted".
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from letters.press.kit.source import REDACTED, Row, Source
from letters.press.kit.tables import Table

LEAST_WITHHELD = 3
MOST_GROUPS = 50_000
"""Beyond, what is new counts as "other", so that memory stays bounded whatever people type."""
OTHER, NOT_GIVEN = "other", "not given"
LAST = {NOT_GIVEN: 1, OTHER: 2, REDACTED: 3}
"""Groups that name nothing, in the order in which they stand below all others."""

Group = tuple[str, ...]


@dataclass(frozen=True)
class Breakdown:
    """``key`` is the group of a row, as long as ``header``; its first cell names the group in ``withheld``."""

    name: str
    header: Group
    key: Callable[[Row], Group]
    by_name: bool = False
    """In order of the name (days) instead of the largest group first."""

    @property
    def file(self) -> str:
        return f"by-{self.name}.csv"

    def table(self, source: Source) -> Table:
        return Table((*self.header, "persons", "withheld"), [[*g, str(p), str(w)] for g, p, w in self.groups(source)])

    def groups(self, source: Source) -> list[tuple[Group, int, int]]:
        """[(group, persons, withheld)]; "not given", "other" and "redacted" last: they name nothing."""
        blank = ("",) * (len(self.header) - 1)
        persons = _counted(source, self.key)
        withheld = {(OTHER, *blank): 0}
        known = {group[0]: group for group in persons}
        for name, amount in source.head["withheld"].get(self.name, {}).items():
            group = known.get(name, (name, *blank))
            withheld[group] = withheld.get(group, 0) + amount
        rows = [(group, persons.get(group, 0), withheld.get(group, 0)) for group in {*persons, *withheld}]
        rows.sort(key=lambda row: (LAST.get(row[0][0], 0), *(() if self.by_name else (-row[1],)), row[0]))
        gone = source.count["persons"] - sum(persons.values())
        rows.append(((REDACTED, *blank), gone, 0))
        return [row for row in rows if row[1] or row[2]]


def _counted(source: Source, key: Callable[[Row], Group]) -> Counter[Group]:
    found: Counter[Group] = Counter()
    for row in source.rows():
        if row.is_person:
            group = key(row)
            if group not in found and len(found) >= MOST_GROUPS:
                group = (OTHER, *("",) * (len(group) - 1))
            found[group] += 1
    return found


def merged(amounts: Mapping[str, int]) -> dict[str, int]:
    """Numbers of withheld people by group, the small groups merged into "other"."""
    found = {name or NOT_GIVEN: amount for name, amount in amounts.items() if amount >= LEAST_WITHHELD}
    rest = sum(amount for amount in amounts.values() if amount < LEAST_WITHHELD)
    return {**found, OTHER: rest} if rest else found


def _organization(row: Row) -> Group:
    """As evidence names it, else as the signatory wrote it: one organisation may stand there in several spellings."""
    if row.values["organization_name"]:
        return row.values["organization_name"], "named by evidence"
    return (row.values["affiliation"], "as stated") if row.values["affiliation"] else (NOT_GIVEN, "")


COUNTRY = Breakdown(
    "country",
    ("country_code", "country"),
    lambda row: (row.values["country_code"] or NOT_GIVEN, row.values["country"]),
)
SECTOR = Breakdown("sector", ("sector",), lambda row: (row.values.get("sector") or NOT_GIVEN,))
ORGANIZATION = Breakdown("organization", ("organization", "basis"), _organization)
VERIFICATION = Breakdown("verification", ("verification",), lambda row: (row.values["verification"] or "none",))
DAY = Breakdown("day", ("day",), lambda row: (row.values["signed_on"],), by_name=True)

BREAKDOWNS = (COUNTRY, SECTOR, ORGANIZATION, VERIFICATION, DAY)
