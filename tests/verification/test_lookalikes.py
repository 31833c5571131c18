import pytest

from letters.verification import lookalikes


@pytest.mark.parametrize(
    ("domain", "shown"),
    [("xn--mller-kva.de", "müller.de"), ("uni.edu", "uni.edu"), ("xn--a.example", "xn--a.example")],
)
def test_unicode_of_shows_what_a_browser_may_show(domain, shown):
    assert lookalikes.unicode_of(domain) == shown


@pytest.mark.parametrize(
    ("name", "is_mixed"),
    [
        ("unі.edu", True),  # a Ukrainian i
        ("uni.edu", False),
        ("müller.de", False),
        ("почта.example", False),  # one script
        ("почта.mail.example", False),  # two scripts, but not in one label
        ("mailпочта.example", True),
    ],
)
def test_mixed_scripts_are_found_label_by_label(name, is_mixed):
    domain = ".".join(label.encode("idna").decode() for label in name.split("."))

    assert lookalikes.is_mixed(domain) is is_mixed


@pytest.mark.parametrize(
    ("name", "taken_for"),
    [
        ("unі.edu", "uni.edu"),
        ("аррӏе.com", "apple.com"),  # Cyrillic throughout
        ("ünï.edu", "uni.edu"),
        ("cem.ch", "cern.ch"),
        ("rnpg.de", "mpg.de"),
        ("tude1ft.nl", "tudelft.nl"),
        ("t00l.example", "tool.example"),
        ("t0ol.example", "tool.example"),
        ("vvho.int", "who.int"),
    ],
)
def test_spellings_hold_what_the_eye_reads(name, taken_for):
    domain = ".".join(label.encode("idna").decode() for label in name.split("."))

    assert taken_for in lookalikes.spellings(domain)


@pytest.mark.parametrize("domain", ["uni.edu", "xn--80a1acny.xn--p1ai", "0" * 60 + ".example"])
def test_spellings_are_few_and_never_the_domain_itself(domain):
    found = lookalikes.spellings(domain)

    assert domain not in found
    assert len(found) <= lookalikes.MAX_SPELLINGS
    assert all(name.isascii() for name in found)
