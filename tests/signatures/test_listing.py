import pytest
from django.db.models import Max

from letters.signatures import listing, names
from letters.signatures.models import Signature
from letters.verification import assurance
from tests.factories import STATES, make_letter, make_signature, make_signatures, make_version, utc

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def shown(page):
    return [row.display_name for row in page.rows]


def walk(version, size, **search):
    """All pages from the first to the last."""
    pages = [listing.page(version, size=size, **search)]
    while pages[-1].after:
        pages.append(listing.page(version, size=size, after=pages[-1].after, **search))
    return pages


def test_page_shows_what_is_public_alone():
    letter = make_letter()
    rows = {state: make_signature(letter, state=state) for state in STATES}

    page = listing.page(letter.version)

    assert {row.pk for row in page.rows} == {rows["confirmed"].pk, rows["sample"].pk}
    assert (page.is_first, page.before, page.after) == (True, "", "")


@pytest.mark.parametrize("ordering", ["alphabetical", "signing_order", "by_organization", "by_country"])
@pytest.mark.parametrize("size", [1, 3, 7, 10])
def test_pages_together_are_the_sorted_whole(ordering, size):
    letter = make_letter(ordering=ordering)
    same = make_signatures(letter, 3, display_name="Anna Same", affiliation="Same", country="NL")
    make_signatures(letter, 4)
    whole = list(Signature.objects.public().order_by("list_key", "id"))

    pages = walk(letter.version, size)

    assert [row.pk for page in pages for row in page.rows] == [row.pk for row in whole]
    assert {row.pk for row in same} <= {row.pk for page in pages for row in page.rows}
    backwards, cursor = [], pages[-1].before
    while cursor:
        page = listing.page(letter.version, size=size, before=cursor)
        backwards = [*shown(page), *backwards]
        cursor = page.before
    assert [*backwards, *shown(pages[-1])] == [row.display_name for row in whole]
    assert [page.is_first for page in pages] == [True, *[False] * (len(pages) - 1)]


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_costs_one_query_with_all_that_a_line_prints(item_count, django_assert_num_queries):
    letter = make_letter()
    for row in make_signatures(letter, item_count):
        Signature.objects.filter(pk=row.pk).update(comment="Well.", consent_comment=True)

    with django_assert_num_queries(1):
        page = listing.page(letter.version)
        lines = [
            (row.public_id, names.description_as_printed(row), row.shown_comment, row.role,
             assurance.sentence_for(is_sample=row.is_sample, confirmed_at=row.confirmed_at))
            for row in page.rows
        ]  # fmt: skip

    assert len(lines) == item_count


def test_page_is_stable_while_people_sign_and_withdraw():
    letter = make_letter()
    for letter_of_name in "BCDEFG":
        make_signature(letter, display_name=f"Anna {letter_of_name}")
    first = listing.page(letter.version, size=3)
    assert shown(first) == ["Anna B", "Anna C", "Anna D"]

    make_signature(letter, display_name="Anna A")
    Signature.objects.filter(display_name__in=["Anna D", "Anna B"]).delete()
    make_signature(letter, display_name="Anna Ee")

    assert shown(listing.page(letter.version, size=3, after=first.after)) == ["Anna E", "Anna Ee", "Anna F"]
    second = listing.page(letter.version, size=3, after=first.after)
    assert shown(listing.page(letter.version, size=3, before=second.before)) == ["Anna A", "Anna C"]


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "AAAA", "=", "\ud800", "é", "_" * 400, "-" * 11])
def test_page_begins_anew_at_a_cursor_that_is_not_ours(cursor):
    letter = make_letter()
    make_signatures(letter, 2)

    assert len(listing.page(letter.version, after=cursor).rows) == 2
    assert len(listing.page(letter.version, before=cursor).rows) == 2


def test_page_after_the_last_line_is_empty():
    letter = make_letter()
    row = make_signature(letter)

    page = listing.page(letter.version, after=listing.cursor_of(row))

    assert (page.rows, page.after, page.is_first) == ([], "", False)


def test_cursor_is_read_back():
    row = make_signature()

    assert listing.read_cursor(listing.cursor_of(row)) == (bytes(row.list_key), row.pk)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("zolc", ["Łukasz Żółć"]),
        ("ŻÓŁĆ łukasz", ["Łukasz Żółć"]),
        ("uNiversity", ["Suzie van der Berg", "Łukasz Żółć"]),
        ("university berg", ["Suzie van der Berg"]),
        ("nobody", []),
        ("100%", ["Percy Zent"]),
        ("_", []),
        ("%", ["Percy Zent"]),
        ("   ", ["Suzie van der Berg", "Percy Zent", "Łukasz Żółć"]),
        ("' OR 1=1 --", []),
    ],
)
def test_page_finds_by_name_and_affiliation_whatever_the_accents(query, found):
    letter = make_letter()
    make_signature(letter)
    make_signature(letter, display_name="Łukasz Żółć")
    make_signature(letter, display_name="Percy Zent", affiliation="100% Secure")

    page = listing.page(letter.version, query=query)

    assert shown(page) == found


def test_search_pages_keep_to_what_was_found():
    letter = make_letter()
    for name in ("Anna A", "Bea X", "Anna C", "Bea Y", "Anna E"):
        make_signature(letter, display_name=name)

    assert [name for page in walk(letter.version, 2, query="anna") for name in shown(page)] == [
        "Anna A", "Anna C", "Anna E",
    ]  # fmt: skip


def test_page_belongs_to_one_version():
    letter = make_letter()
    make_signature(letter, display_name="Old Signer")
    old = letter.version
    make_version(letter)
    make_signature(letter, display_name="New Signer")

    assert shown(listing.page(old)) == ["Old Signer"]
    assert shown(listing.page(letter.version)) == ["New Signer"]


def test_newest_shows_the_latest_confirmed_first():
    letter = make_letter()
    for day in (1, 3, 2):
        make_signature(letter, display_name=f"Day {'abc'[day - 1]}", at=utc(f"2026-11-0{day}"))
    make_signature(letter, state="hidden", at=utc("2026-11-09"))

    assert [row.display_name for row in listing.newest(letter.version, most=2)] == ["Day c", "Day b"]


def test_prominent_parts_initiators_from_selected_in_the_letters_order():
    letter = make_letter()
    make_signature(letter, display_name="Zoe Z", role="initiator")
    make_signature(letter, display_name="Abe A", role="initiator")
    make_signature(letter, display_name="Cy C", role="selected")
    make_signature(letter, display_name="Hidden", role="selected", state="hidden")
    make_signature(letter, display_name="Di D")

    initiators, selected = listing.prominent(letter.version)

    assert [row.display_name for row in initiators] == ["Abe A", "Zoe Z"]
    assert [row.display_name for row in selected] == ["Cy C"]


@pytest.mark.parametrize(
    ("typed", "repeated"),
    [
        ("  two \n words ", "two words"),
        ("\u202eevil", "evil"),
        ("x" * 99, "x" * 80),
        ("a\0b", "ab"),
    ],
)
def test_readable_query_repeats_what_can_be_read(typed, repeated):
    assert listing.readable_query(typed) == repeated


def test_address_carries_parameters():
    assert listing.address("/x/", {}) == "/x/"
    assert listing.address("/x/", {"q": "a b&c", "after": "Zz"}) == "/x/?q=a+b%26c&after=Zz"


def test_reorder_computes_every_place_anew_in_batches():
    letter = make_letter()
    for name, day in (("Anna A", 3), ("Bea B", 1), ("Cy C", 2)):
        make_signature(letter, display_name=name, at=utc(f"2026-11-0{day}"))
    pending = make_signature(letter, state="pending")
    letter.ordering = "signing_order"
    letter.save()

    assert listing.reorder([letter.version.pk], batch=2) == 3

    assert shown(listing.page(letter.version)) == ["Bea B", "Cy C", "Anna A"]
    pending.refresh_from_db()
    assert pending.list_key is None
    assert Signature.objects.aggregate(newest=Max("pk"))["newest"] == pending.pk


EVIDENCE = {
    "email": {"verification": "email"},
    "account": {"verification": "account"},
    "affiliation": {"verification": "affiliation", "is_invited": True},
    "reviewed": {"verification": "affiliation", "is_reviewed": True},
}


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ("email", ["email"]),
        ("account", ["account"]),
        ("affiliation", ["affiliation", "reviewed"]),
        ("invited", ["affiliation"]),
        ("reviewed", ["reviewed"]),
        ("", ["account", "affiliation", "email", "reviewed"]),
        ("unknown' --", ["account", "affiliation", "email", "reviewed"]),
    ],
)
def test_page_filters_by_evidence(evidence, found):
    letter = make_letter()
    for name, fields in EVIDENCE.items():
        Signature.objects.filter(pk=make_signature(letter, display_name=name).pk).update(**fields)

    assert sorted(shown(listing.page(letter.version, evidence=evidence))) == found


def test_filtered_pages_together_are_the_filtered_whole():
    letter = make_letter()
    rows = make_signatures(letter, 9)
    Signature.objects.filter(pk__in=[row.pk for row in rows[::2]]).update(verification="affiliation")

    pages = walk(letter.version, 2, evidence="affiliation")

    assert sorted(row.pk for page in pages for row in page.rows) == [row.pk for row in rows[::2]]
    assert len(pages) == 3


def test_organisations_stand_in_a_list_of_their_own():
    letter = make_letter()
    make_signature(letter, display_name="Anna")
    make_signature(letter, display_name="Locksmiths", signatory_type="organization")

    assert shown(listing.page(letter.version)) == ["Anna"]
    assert [row.display_name for row in listing.newest(letter.version)] == ["Anna"]
    assert [row.display_name for row in listing.organizations(letter.version)] == ["Locksmiths"]
