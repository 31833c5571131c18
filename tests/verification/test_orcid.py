import json
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from letters.core import orcids
from letters.verification.models import Check, Evidence, Organization
from letters.verification.providers import orcid
from letters.verification.providers.base import Login, NotProven
from letters.verification.providers.orcid import employments
from tests.factories import make_letter, make_signature, utc
from tests.security.snapshots import tables_with
from tests.verification.logging_in import as_json, come_back, depart, log_in, notice_after, set_up
from tests.web_server import WebServer, page, raw, redirect

pytestmark = pytest.mark.django_db

FIXTURES = Path(__file__).parent / "fixtures" / "orcid"
ME = "0000-0002-1825-0097"  # ORCID's own fictitious person
READ = f"/v3.0/{ME}/employments"
TODAY = date(2026, 11, 23)
ACCOUNT = (
    f"Signed in with ORCID iD {ME} on 23 November 2026. Affiliation as stated by the signatory. "
    "Position as stated by the signatory."
)
ADDED = (
    f"Affiliation with University X was added to ORCID iD {ME} by University X (read 23 November 2026). "
    "Position as stated by the signatory."
)

NO_ANSWER = "orcid did not answer as it should, so nothing was believed and nothing was changed."


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text())


def token(**changes):
    """As ORCID's token endpoint answers."""
    return {
        "access_token": "secret-token-of-orcid", "token_type": "bearer", "refresh_token": "r", "expires_in": 631138518,
        "scope": "/authenticate", "name": "Josiah Carberry", "orcid": ME, **changes,
    }  # fmt: skip


@pytest.fixture
def server(settings, time_machine):
    time_machine.move_to(utc("2026-11-23 14:00"), tick=True)
    with WebServer() as found:
        settings.ORCID_BASE = settings.ORCID_API = f"http://127.0.0.1:{found.port}"
        set_up(settings, "orcid")
        found.pages["/oauth/token"] = as_json(token())
        found.pages[READ] = as_json(recorded("organisation-asserted"))
        yield found


@pytest.fixture
def row():
    return make_signature(make_letter(slug="lift"), affiliation="University X")


def proofs():
    return [(e.method, e.axis, e.claim) for e in Evidence.objects.standing().order_by("id")]


def sentence_of(row):
    row.refresh_from_db()
    return row.sentence


# --- the way through the site's pages and allauth's client -------------------------------------------------------


def test_login_asks_for_the_identity_alone_and_exchanges_the_code_on_the_server(client, row, server):
    url, query = depart(client, row, "orcid")
    come_back(client, "orcid", query)

    assert url.startswith(f"http://127.0.0.1:{server.port}/oauth/authorize?")
    assert (query["scope"], query["response_type"], query["client_id"]) == ("/authenticate", "code", "site")
    assert query["redirect_uri"] == "http://testserver/accounts/orcid/callback/"
    ((path, body),) = server.posted
    sent = {name: values[0] for name, values in parse_qs(body).items()}
    assert (path, sent["code"], sent["client_secret"], "code_verifier" in sent) == (
        "/oauth/token", "one-time-code", "shh", True,
    )  # fmt: skip
    asked = server.seen[-1]
    assert (asked[0], asked[1]["accept"]) == (READ, "application/orcid+json")


def test_employment_added_by_the_organisation_confirms_the_affiliation(client, row, server):
    answer = log_in(client, row, "orcid")

    assert answer["Location"].endswith("?proven=1")
    assert proofs() == [
        ("orcid", "account", {"orcid": ME}),
        ("orcid_employment", "affiliation",
         {"orcid": ME, "organization": "University X", "source_name": "University X"}),
    ]  # fmt: skip
    assert sentence_of(row) == ADDED
    assert (row.verification, row.affiliation_basis) == ("affiliation", "orcid")


@pytest.mark.parametrize(
    "name",
    ["self-asserted", "on-behalf-of", "own-id-as-client", "another-person", "expired", "private", "nothing",
     "other-organisation"],
)  # fmt: skip
def test_login_alone_proves_the_account_alone(client, row, server, name):
    server.pages[READ] = as_json(recorded(name))

    log_in(client, row, "orcid")

    assert proofs() == [("orcid", "account", {"orcid": ME})]
    assert sentence_of(row) == ACCOUNT
    assert (row.verification, row.affiliation_basis, row.organization_name) == ("account", "none", "")


def test_of_several_employments_the_one_that_counts_is_found(client, row, server):
    server.pages[READ] = as_json(recorded("several"))

    log_in(client, row, "orcid")

    assert sentence_of(row) == ADDED


def test_the_writer_is_named_though_it_is_not_the_employer(client, row, server):
    server.pages[READ] = as_json(recorded("organisation-on-behalf-of"))

    log_in(client, row, "orcid")

    assert "was added to ORCID iD 0000-0002-1825-0097 by Sample Affiliation Hub (read" in sentence_of(row)


def test_nothing_of_the_record_is_stored_but_what_the_sentence_needs(client, row, server):
    log_in(client, row, "orcid")

    assert tables_with(["secret-token-of-orcid", "Carberry", "Sampletown", "Department of Mathematics", "shh"]) == []


def test_position_on_the_record_is_never_printed_as_proven(client, row, server):
    log_in(client, row, "orcid")

    assert "Professor" not in sentence_of(row)
    assert sentence_of(row).endswith("Position as stated by the signatory.")


def test_no_affiliation_stated_means_none_confirmed(client, server):
    row = make_signature(affiliation="")

    log_in(client, row, "orcid")

    assert proofs() == [("orcid", "account", {"orcid": ME})]


def test_one_orcid_strengthens_one_signature_of_a_letter(client, row, server):
    other = make_signature(row.letter, display_name="Josiah Again", affiliation="University X")
    log_in(client, row, "orcid")

    answer = log_in(client, other, "orcid")

    assert notice_after(client, answer).startswith("This account or address has already strengthened another")
    assert {e.signature_id for e in Evidence.objects.standing()} == {row.pk}


def test_the_same_orcid_serves_another_letter(client, row, server):
    other = make_signature(affiliation="University X")

    log_in(client, row, "orcid")
    log_in(client, other, "orcid")

    assert {e.signature_id for e in Evidence.objects.standing()} == {row.pk, other.pk}


def assert_nothing_believed(client, answer, row):
    assert notice_after(client, answer) == NO_ANSWER
    assert (Evidence.objects.exists(), sentence_of(row)) == (False, "")


@pytest.mark.parametrize(
    "broken",
    [
        token(orcid="0000-0001-5109-3700"),
        token(orcid=None),
        token(orcid="../0000-0002-1825-0097"),
        token(orcid=[ME]),
        {"access_token": "secret-token-of-orcid"},
        {"error": "invalid_grant"},
        [],
    ],
)
def test_token_about_nobody_or_about_somebody_else_proves_nothing(client, row, server, broken):
    server.pages["/oauth/token"] = as_json(broken)
    server.pages["/v3.0/0000-0001-5109-3700/employments"] = as_json(recorded("organisation-asserted"))  # another's

    assert_nothing_believed(client, log_in(client, row, "orcid"), row)


@pytest.mark.parametrize("path", ["/oauth/token", READ])
@pytest.mark.parametrize(
    "answer",
    [
        page("<html>Sorry</html>"),
        page("Internal Server Error", status=500),
        as_json({"response-code": 404, "developer-message": "not found"}, status=404),
        as_json(["a", "list"]),
        as_json({**recorded("organisation-asserted"), **token()}, status=503),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort"),
        redirect("/elsewhere"),
    ],
)
def test_broken_answer_is_one_clear_page_and_no_evidence(client, row, server, path, answer):
    server.pages[path] = answer

    assert_nothing_believed(client, log_in(client, row, "orcid"), row)


@pytest.mark.parametrize("path", ["/oauth/token", READ])
def test_slow_answer_ends(client, row, server, settings, path):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.1
    server.pages[path] = server.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")

    assert_nothing_believed(client, log_in(client, row, "orcid"), row)


def test_answer_without_a_login_of_this_browser_proves_nothing(client, row, server):
    _url, query = depart(client, row, "orcid")
    first = come_back(client, "orcid", query)
    Evidence.objects.all().delete()

    again = come_back(client, "orcid", query)
    forged = come_back(client, "orcid", {**query, "state": "forged"})

    assert (first.status_code, again.status_code, forged.status_code) == (303, 409, 409)
    assert not Evidence.objects.exists()


def test_looking_at_the_callback_with_head_uses_up_nothing(client, row, server):
    _url, query = depart(client, row, "orcid")

    assert client.head("/accounts/orcid/callback/", {"code": "x", "state": query["state"]}).status_code == 405
    assert come_back(client, "orcid", query)["Location"].endswith("?proven=1")


def test_login_cannot_be_begun_beside_the_door(client, server):
    assert client.get("/accounts/orcid/login/").status_code == 404


def test_not_offered_where_no_client_is_set_up(row):
    assert orcid.is_ready() is False


# --- the rules, without a network --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ME, True),
        ("0000-0001-5109-3700", True),
        ("0000-0002-9079-593X", True),
        ("0000-0002-1825-0098", False),
        ("0000-0002-9079-5930", False),
        ("0000000218250097", False),
        (f"https://orcid.org/{ME}", False),
        ("0000-0002-1825-009７", False),
        (f"{ME}\n", False),
        (None, False),
        (["0000"], False),
    ],
)
def test_check_digit(text, expected):
    assert orcids.is_orcid(text) is expected


def source(**paths):
    return {name.replace("_", "-"): {"path": path} if path else None for name, path in paths.items()}


@pytest.mark.parametrize(
    ("written_by", "expected"),
    [
        (source(source_orcid=ME), True),
        (source(source_client_id=ME), True),
        (source(source_client_id="APP-1", assertion_origin_orcid=ME), True),
        (source(source_client_id="APP-1"), False),
        (source(source_client_id="0000-0001-8607-8906"), False),  # old clients have ids in the shape of an iD
        (source(source_client_id="APP-1", assertion_origin_orcid="0000-0001-5109-3700"), False),
        (source(source_orcid="0000-0001-5109-3700"), True),  # a person, not an organisation's system
        ({}, True),
        ({"source-client-id": "APP-1"}, True),
    ],
)
def test_self_asserted_is_orcids_own_rule_and_doubt_counts_as_self(written_by, expected):
    assert employments.is_self_asserted(written_by, ME) is expected


def when(year=None, month=None, day=None):
    parts = {"year": year, "month": month, "day": day}
    return {name: {"value": value} if value else None for name, value in parts.items()}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (None, True),
        (when("2026", "11", "23"), True),
        (when("2026", "11", "22"), False),
        (when("2026", "11"), True),
        (when("2026", "10"), False),
        (when("2026"), True),
        (when("2025"), False),
        (when("2026", None, "01"), True),
        (when("2028", "02"), True),
        (when(), False),
        (when("soon"), False),
        (when("2027", "13"), False),
        (when("2027", "02", "30"), False),
        ("2027", False),
    ],
)
def test_end_of_an_employment(end, expected):
    assert employments.is_current({"end-date": end}, TODAY) is expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [(None, True), (when("2026", "11", "24"), False), (when("2027"), False), (when("2026"), True), (when(), False)],
)
def test_beginning_of_an_employment(start, expected):
    assert employments.is_current({"start-date": start, "end-date": None}, TODAY) is expected


def vouched(change):
    answer = recorded("organisation-asserted")
    summary = answer["affiliation-group"][0]["summaries"][0]["employment-summary"]
    change(summary)
    return employments.vouched(answer, ME, on=TODAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda summary: summary.pop("source"),
        lambda summary: summary["source"].update({"source-name": None}),
        lambda summary: summary["source"]["source-name"].update(value="\u202euniversity"),
        lambda summary: summary.pop("organization"),
        lambda summary: summary["organization"].update(name=None),
        lambda summary: summary["organization"].update(name="U" * 300),
        lambda summary: summary.pop("visibility"),
        lambda summary: summary.update(visibility="private"),
        lambda summary: summary.update({"end-date": "yesterday"}),
    ],
)
def test_what_is_missing_or_malformed_does_not_count(change):
    assert len(vouched(lambda summary: None)) == 1
    assert vouched(change) == []


@pytest.mark.parametrize(
    "answer",
    [{}, {"affiliation-group": None}, {"affiliation-group": "x"}, {"affiliation-group": [None, {"summaries": 3}]},
     {"affiliation-group": [{"summaries": [{"employment-summary": []}]}]}],
)  # fmt: skip
def test_answer_of_another_shape_holds_no_employment(answer):
    assert employments.vouched(answer, ME, on=TODAY) == []


@pytest.mark.parametrize(
    ("named", "ror"),
    [
        (("https://ror.org/05dxps055", "ROR"), "https://ror.org/05dxps055"),
        (("05dxps055", "ROR"), "https://ror.org/05dxps055"),
        (("https://ror.org/05dxps055", "GRID"), ""),
        (("https://evil.example/05dxps055", "ROR"), ""),
        (("grid.9999.1", "GRID"), ""),
    ],
)
def test_ror_of_an_employment(named, ror):
    identifier, by = named
    change = {"disambiguated-organization-identifier": identifier, "disambiguation-source": by}

    (found,) = vouched(lambda summary: summary["organization"].update({"disambiguated-organization": change}))

    assert found.ror == ror


def make_organization(**fields):
    defaults = {"name": "Universitas Decima", "ror": "https://ror.org/05dxps055", "source": "ror",
                "checked_on": TODAY}  # fmt: skip
    return Organization.objects.create(**{**defaults, **fields})


def complete(row, name="organisation-asserted", **changes):
    claims = {"orcid": ME, "employments": recorded(name), **changes}
    check = Check(signature=row, kind="orcid", expires_at=datetime(2027, 1, 1, tzinfo=UTC))
    return orcid.complete(check, Login("orcid", "orcid", ME, claims))


def test_organisation_is_known_by_its_ror_under_another_name():
    organization = make_organization(aliases=["Tenth University"])

    finding = complete(make_signature(affiliation="Tenth University"))

    assert finding.facts["organization"] == organization
    assert [proof.organization for proof in orcid.evidence(finding)] == [None, organization]


def test_closed_organisation_gives_no_row():
    make_organization(status="inactive", aliases=["Tenth University"])

    assert "employment" not in complete(make_signature(affiliation="Tenth University")).facts


@pytest.mark.parametrize(
    "login",
    [
        {},
        Login("github", "github", ME, {"orcid": ME}),
        Login("orcid", "orcid", "0000-0001-5109-3700", {"orcid": ME, "employments": {}}),
        Login("orcid", "orcid", "0000-0002-1825-0098", {"orcid": "0000-0002-1825-0098", "employments": {}}),
        Login("orcid", "orcid", "", {}),
    ],
)
def test_only_a_login_of_this_orcid_is_an_answer(row, login):
    with pytest.raises(NotProven):
        orcid.complete(Check(signature=row, kind="orcid"), login)


def test_sentences_are_those_of_the_table():
    claim = {"orcid": ME, "organization": "University X", "source_name": "University X"}

    assert orcid.sentence({"orcid": ME}, TODAY) == ACCOUNT
    assert orcid.sentence(claim, TODAY) == ADDED


def test_evidence_is_recent_for_a_year():
    assert orcid.expires(utc("2026-11-23 14:00")) == utc("2027-11-23 14:00")
