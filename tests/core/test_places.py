from django.utils import translation

from letters.core import places


def test_names_are_in_the_active_language_and_its_order():
    with translation.override("de"):
        german = places.names()
        assert places.name_of("NL") == "Niederlande"
    with translation.override("en"):
        english = places.names()
        assert places.name_of("NL") == "Netherlands"

    assert list(english.values()).index("Germany") < list(english.values()).index("Netherlands")
    assert list(german.values()).index("Deutschland") < list(german.values()).index("Niederlande")
    assert set(german) == set(english)


def test_name_of_an_unknown_code_is_empty():
    assert places.name_of("") == ""
    assert places.name_of("QQ") == ""


def test_every_country_has_a_three_letter_code():
    codes = places.alpha3()

    assert codes["NL"] == "NLD"
    assert set(codes) == set(places.names())
    assert {len(code) for code in codes.values()} == {3}


def test_names_without_an_active_language_are_english():
    with translation.override(None):
        assert places.name_of("DE") == "Germany"
