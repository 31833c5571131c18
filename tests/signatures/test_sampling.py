from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from letters.core.errors import RuleError
from letters.signatures import listing, names, sampling
from letters.signatures.models import Signature, Tally
from tests.factories import make_letter

pytestmark = pytest.mark.django_db
FOLDER = Path(sampling.__file__).parent.parent / "sample"
HEADER = ",".join(sampling.COLUMNS)
GOOD = "Anna Berg,,Professor,University X,current,NL,Well.,signatory,2026-11-20T10:00:00Z,person,academia,,,named,email"


def load(*rows, **letter):
    return sampling.load(make_letter(**{"is_sample": True, **letter}), "\n".join([HEADER, *rows]) + "\n")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([GOOD, GOOD.replace("Anna Berg", "=1")], "Line 3, display_name: A name cannot begin with"),
        ([GOOD.replace("current", "gone")], "Line 2, affiliation_status: must be one of"),
        ([GOOD.replace(",NL,", ",QQ,")], "Line 2, country: must be one of"),
        ([GOOD.replace("academia", "sports")], "Line 2, sector: must be one of"),
        ([GOOD.replace("named", "always")], "Line 2, quote_permission: must be one of"),
        ([GOOD.replace("signatory", "boss")], "Line 2, role: must be one of signatory"),
        ([GOOD.replace("2026-11-20T10:00:00Z", "soon")], "Line 2, confirmed_at: is not a UTC time."),
        ([GOOD.replace("Professor", "x" * 151)], "Line 2, position: Use at most 150 characters"),
        ([GOOD.replace("Well.", "a\u202eb")], "Line 2, comment: This text holds an invisible"),
        ([GOOD.replace("signatory", "initiator")], "Line 2, role: initiator needs the evidence invitation or review."),
        ([GOOD.replace(",email", ",phone")], "Line 2, evidence: “phone” is not one of email"),
        ([GOOD.replace(",email", ",website host")], "Line 2, evidence: “website host” must be a method and key=value"),
        ([GOOD + ",more"], "Line 2, row: must have 15 cells."),
        ([GOOD.rsplit(",", 1)[0]], "Line 2, row: must have 15 cells."),
    ],
)
def test_load_names_line_and_column_and_stores_nothing(rows, complaint):
    with pytest.raises(RuleError) as refused:
        load(*rows)

    assert refused.value.message.startswith(complaint)
    assert not Signature.objects.exists()


def test_load_refuses_a_letter_that_is_no_sample():
    with pytest.raises(RuleError) as refused:
        load(GOOD, is_sample=False)

    assert refused.value.code == "no-sample"


def test_load_refuses_another_header():
    with pytest.raises(RuleError, match=r"Line 1, header: must be display_name,sort_name"):
        sampling.load(make_letter(is_sample=True), "name\nAnna\n")


def test_the_sample_loads_by_command_twice_and_is_marked_as_invented(capsys):
    for _ in range(2):
        call_command("load_letter", FOLDER / "letter.md", signatories=FOLDER / "signatories.csv")

    out = capsys.readouterr().out
    rows = Signature.objects.all()
    assert "139 sample signatories added" in out
    assert "0 sample signatories added" in out
    assert rows.count() == 139
    assert all(row.is_sample for row in rows)
    assert {row.email.partition("@")[2] for row in rows[:5]} == {"sample.example"}
    assert len(Counter(row.affiliation_status for row in rows)) >= 6
    assert {row.quote_permission for row in rows} == {"named", "unnamed", "none"}
    assert len({row.sector for row in rows}) >= 6
    assert not any(names.needs_review(row.display_name) for row in rows)
    tally = Tally.objects.get()
    assert (tally.samples, tally.organizations) == (137, 2)
    assert min(tally.account, tally.affiliation, tally.invited, tally.reviewed, tally.by_orcid) > 0


def test_load_letter_puts_the_list_into_a_new_order(tmp_path, capsys):
    call_command("load_letter", FOLDER / "letter.md", signatories=FOLDER / "signatories.csv")
    before = Signature.objects.order_by("list_key").values_list("pk", flat=True)[:5]
    text = (FOLDER / "letter.md").read_text()
    path = tmp_path / "letter.md"
    path.write_text(text.replace("order: alphabetical", "order: signing_order"))
    first = list(before)

    call_command("load_letter", path)

    assert "139 signatures put into the new order" in capsys.readouterr().out
    page = listing.page(Signature.objects.first().version)
    times = [row.confirmed_at for row in page.rows]
    assert times == sorted(times)
    assert [row.pk for row in page.rows[:5]] != first


@pytest.mark.parametrize(("content", "complaint"), [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8"),
                                                    (b"x", "Line 1, front matter")])  # fmt: skip
def test_load_letter_says_what_is_wrong_with_a_file(tmp_path, content, complaint):
    path = tmp_path / "letter.md"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError, match=f"letter.md: {complaint}"):
        call_command("load_letter", path)
