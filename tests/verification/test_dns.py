import json
from datetime import date
from pathlib import Path

import dns.rcode
import pytest

from letters.core import keyring
from letters.verification import proving
from letters.verification.models import Check, Evidence
from letters.verification.providers import dns as provider
from letters.verification.providers.base import Login, NotProven
from tests.factories import make_letter, make_signature, utc
from tests.key_files import own_keys
from tests.web_server import local_names

pytestmark = pytest.mark.django_db
NAME = "_open-letter.institute.test"


@pytest.fixture(autouse=True)
def names(settings):
    with local_names(settings) as server:
        yield server


@pytest.fixture
def row():
    return make_signature(make_letter(slug="lift"))


def begin(row, domain="institute.test"):
    return proving.start(row, "dns", {"domain": domain})


def finish(step):
    return proving.finish(step.check.public_id, {})


def refusal(call, *args):
    with pytest.raises(NotProven) as caught:
        call(*args)
    return caught.value


def test_start_shows_name_and_text_of_the_record_and_asks_nobody(row, names):
    step = begin(row)

    name, text = step.copy
    assert (step.next, name, text[:12], len(text), names.asked) == ("show", NAME, "open-letter=", 38, [])
    assert begin(row).copy[1] != text


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("Institute.TEST.", "institute.test"),
        (" https://www.institute.test/about ", "institute.test"),
        ("www.institute.test", "www.institute.test"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("cs.uni.ac.uk", "cs.uni.ac.uk"),
        ("ruhr-uni-bochum.de", "ruhr-uni-bochum.de"),
    ],
)
def test_domain_is_taken_as_people_type_it(typed, domain):
    assert provider.domain_in(typed) == domain


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "domain"), ("localhost", "domain"), ("127.0.0.1", "domain"), ("a b.example", "domain"),
        ("suzie@institute.test", "domain"), ("http://[::1", "domain"), (f"{'a.' * 121}example.org", "domain"),
        ("ac.uk", "public-suffix"), ("edu.cn", "public-suffix"), ("CO.UK", "public-suffix"),
        ("https://www.co.uk/", "public-suffix"),
    ],
)  # fmt: skip
def test_what_nobody_owns_is_refused(row, typed, code):
    assert refusal(provider.start, row, {"domain": typed}).code == code
    assert not Check.objects.exists()


def test_record_proves_control_of_the_domain(row, names):
    step = begin(row)
    names.records[NAME, "TXT"] = ['"v=spf1 -all"', f'"{step.copy[1]}"']

    finish(step)

    evidence = Evidence.objects.get()
    assert (evidence.method, evidence.axis, evidence.claim) == ("dns", "account", {"host": "institute.test"})
    assert evidence.source == "TXT _open-letter.institute.test"
    row.refresh_from_db()
    assert row.sentence.startswith("Controls the domain institute.test (checked ")


def test_text_in_several_strings_is_joined(row, names):
    step = begin(row)
    text = step.copy[1]
    names.records[NAME, "TXT"] = [f'"{text[:20]}" "{text[20:]}"']

    finish(step)

    assert Evidence.objects.count() == 1


def test_mark_outlives_a_new_key(row, names, settings, tmp_path):
    step = begin(row)
    names.records[NAME, "TXT"] = [f'"{step.copy[1]}"']
    document = json.loads(Path(settings.KEYS_FILE).read_text())
    newer = {**document, "token": [keyring.new_key(9), *document["token"]]}

    with own_keys(settings, tmp_path) as path:
        keyring.write(path, newer, replace=True)
        keyring.forget()
        assert begin(make_signature(row.letter, person="bob")).copy[1][12:] != step.copy[1][12:]
        finish(step)

    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "is_other_check"),
    [("open-letter=", False), ("{text}x", False), ("x{text}", False), ("{upper}", False), ("{text}", True)],
)
def test_other_text_proves_nothing(row, names, text, is_other_check):
    step = begin(row)
    shown = begin(make_signature(row.letter, person="bob")).copy[1] if is_other_check else step.copy[1]
    names.records[NAME, "TXT"] = [f'"{text.format(text=shown, upper=shown.upper())}"']

    error = refusal(finish, step)

    assert (error.code, Evidence.objects.count()) == ("other-text", 0)
    assert error.message == (
        "There is a TXT record under _open-letter.institute.test, but its text is another one. "
        "Copy the text above whole."
    )


def test_record_at_the_domain_itself_or_below_it_proves_nothing(row, names):
    step = begin(row)
    names.records["institute.test", "TXT"] = [f'"{step.copy[1]}"']
    names.records[f"x.{NAME}", "TXT"] = [f'"{step.copy[1]}"']

    assert refusal(finish, step).code == "no-record"


def test_missing_failing_and_silent_names_have_their_own_sentences(row, names, settings):
    step = begin(row)
    missing = refusal(finish, step)
    names.fails[NAME] = dns.rcode.SERVFAIL
    failing = refusal(finish, step)
    names.fails[NAME] = None
    settings.DNS_SECONDS = 0.3
    silent = refusal(finish, step)

    assert [(error.code, error.message) for error in (missing, failing, silent)] == [
        (
            "no-record",
            "There is no TXT record under _open-letter.institute.test yet. New records can take some minutes; check "
            "again then.",
        ),
        (
            "dns-failed",
            "The name servers of this domain answered with an error. Try again, or ask who runs them.",
        ),
        ("dns-timeout", "The name servers of this domain did not answer in time. Try again in some minutes."),
    ]
    step.check.refresh_from_db()
    assert (step.check.tries, step.check.state, Evidence.objects.count()) == (3, "waiting", 0)


def test_colleagues_may_show_the_same_domain_each_with_a_record_of_their_own(row, names):
    other = make_signature(row.letter, person="bob")
    steps = [begin(row), begin(other)]
    names.records[NAME, "TXT"] = [f'"{step.copy[1]}"' for step in steps]

    finish(steps[0])
    finish(steps[1])

    assert {e.signature_id for e in Evidence.objects.all()} == {row.pk, other.pk}


def test_sentence_is_the_one_of_the_table():
    assert provider.sentence({"host": "institute.example"}, date(2026, 11, 23)) == (
        "Controls the domain institute.example (checked 23 November 2026). "
        "Affiliation as stated by the signatory. Position as stated by the signatory."
    )


def test_login_of_a_provider_answers_no_such_check(row):
    step = begin(row)

    assert refusal(proving.finish, step.check.public_id, Login("google", "i", "s", {})).code == "not-proven"


def test_method_needs_no_setting_and_its_evidence_ages_in_a_year():
    assert provider.is_ready()
    assert provider.expires(utc("2026-11-23 14:00")) == utc("2027-11-23 14:00")
