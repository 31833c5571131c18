"""What may be added to a line, and the sentence that says what is wrong with it."""

import pytest

from letters.core.errors import RuleError
from letters.signatures import describing


@pytest.mark.parametrize(
    ("clean", "text", "expected"),
    [
        (describing.clean_orcid, " https://orcid.org/0000-0002-1825-0097/ ", "0000-0002-1825-0097"),
        (describing.clean_orcid, "000000021694233x", "0000-0002-1694-233X"),
        (describing.clean_orcid, "  ", ""),
        (describing.clean_website, "Example.org/~me", "https://example.org/~me"),
        (describing.clean_website, "https://EXAMPLE.org", "https://example.org/"),
        (describing.clean_website, "", ""),
        (describing.clean_latin, "Łukasz Öz", "Łukasz Öz"),
        (describing.clean_honorific, "Prof.  Dr.", "Prof. Dr."),
        (describing.clean_name, "李", "李"),
    ],
)
def test_one_spelling_for_what_is_right(clean, text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("clean", "text", "sentence"),
    [
        (describing.clean_orcid, "0000-0002-1825-0098", "This is no ORCID iD"),
        (describing.clean_orcid, "Suzie", "This is no ORCID iD"),
        (describing.clean_website, "http://example.org", "https"),
        (describing.clean_website, "https://user@example.org/", "address"),
        (describing.clean_website, f"https://example.org/{'x' * 200}", "Use at most 200 characters"),
        (describing.clean_latin, "李", "Use Latin letters alone here"),
        (describing.clean_latin, "Сузи", "Use Latin letters alone here"),
        (describing.clean_honorific, "x" * 41, "Use at most 40 characters; this has 41."),
        (describing.clean_honorific, "=Dr", "A name cannot begin with"),
        (describing.clean_name, "www.example.org", "A name cannot hold a web address"),
    ],
)
def test_what_is_wrong_is_refused_with_what_to_do(clean, text, sentence):
    with pytest.raises(RuleError) as refused:
        clean(text)

    assert sentence in str(refused.value.message)
