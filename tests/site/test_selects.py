"""A long select is what Django would have drawn."""

import pytest
from django import forms
from django.test.html import parse_html
from django.utils.translation import gettext_lazy

from campaign.selects import LongSelect

SCRIPT = '"><script>alert(1)</script>'
CHOICES = [("", "Not stated"), ("NL", "Nether & lands"), ("<b>", SCRIPT), (3, gettext_lazy("Sign"))]


@pytest.mark.parametrize("value", [None, "", "NL", "<b>", "3", 3, "unknown"])
@pytest.mark.parametrize("attrs", [{}, {"id": "id_x", "required": True, "disabled": False, "aria-label": 'A "b"'}])
def test_it_is_what_django_draws(value, attrs):
    drawn = LongSelect(choices=CHOICES, attrs={"class": "c"}).render("x&y", value, attrs)

    by_django = forms.Select(choices=CHOICES, attrs={"class": "c"}).render("x&y", value, attrs)
    assert parse_html(drawn) == parse_html(by_django)
    assert SCRIPT not in drawn


def test_it_is_as_required_as_django_s():
    """The browser asks for a choice only where the first option is none."""
    form = type("Form", (forms.Form,), {"zone": forms.ChoiceField(choices=[("UTC", "UTC")], widget=LongSelect)})

    assert "required" not in str(form()["zone"])
