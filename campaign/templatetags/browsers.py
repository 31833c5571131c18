"""What a browser calls itself, in the words that its owner knows it by."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that is in the text: most of them also say that they are one of those below.
_BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "FxiOS": "Firefox", "Firefox": "Firefox",
    "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
_SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@register.filter
def browser_in_words(agent: str) -> str:
    """«Firefox on Linux»; the text itself where we know neither or only one of the two."""
    names = [next((name for sign, name in known.items() if sign in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return _("{browser} on {system}").format(browser=names[0], system=names[1]) if all(names) else agent
