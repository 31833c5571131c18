from django.utils import translation
from django.utils.translation import gettext_lazy as _

from letters.core.errors import LinkInvalid, RuleError


def test_rule_error_carries_a_code_for_machines_and_a_sentence_for_people():
    error = RuleError("That will not do.", code="will-not-do")

    assert (error.code, error.message, str(error)) == ("will-not-do", "That will not do.", "That will not do.")


def test_rule_error_has_a_default_of_its_kind():
    assert LinkInvalid().code == "link-invalid"
    assert LinkInvalid().message == "This link is not complete or not ours. Open it again from the mail, whole."
    assert RuleError().message == "That is not possible."


def test_rule_error_speaks_the_language_of_the_moment():
    class Yes(RuleError):
        default = _("Yes")

    with translation.override("de"):
        assert Yes().message == "Ja"
    assert Yes().message == "Yes"
