"""Who can log in at Sample University: invented people, one for each answer that an institution may give."""

from dataclasses import dataclass

SCOPE = "sample-university.example"
NAME = "Sample University"


@dataclass(frozen=True)
class Person:
    """``does`` is what the login page says of them; ``affiliations`` are eduPerson's words."""

    id: int
    first_name: str
    last_name: str
    does: str
    affiliations: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def scoped(self) -> list[str]:
        """As the claim says it: ``faculty@sample-university.example``."""
        return [f"{affiliation}@{SCOPE}" for affiliation in self.affiliations]


PEOPLE = (
    Person(1, "Ines", "Probst", "professor of computer science", ("faculty", "employee", "member")),
    Person(2, "Tomas", "Vzor", "runs the computing centre", ("staff", "employee", "member")),
    Person(3, "Lena", "Muster", "student", ("student", "member")),
    Person(4, "Alva", "Fordom", "graduated in 2009", ("alum",)),
)
