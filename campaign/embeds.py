"""The code with which another site shows a letter: a frame, or a picture that leads to it."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

WIDTH, HEIGHT = 480, 260
PICTURE_WIDTH, PICTURE_HEIGHT = 420, 130


def address(slug: str, *, theme: str = "auto", language: str = "", picture: bool = False) -> str:
    """The whole address of the frame, or of the picture."""
    asked = {"theme": theme if theme != "auto" else "", "language": language}
    query = urlencode({name: value for name, value in asked.items() if value})
    path = reverse("api:embed-picture" if picture else "api:embed", args=[slug])
    return f"{settings.SITE_URL.rstrip('/')}{path}{'?' if query else ''}{query}"


def pasted(url: str, letter_url: str, title: str, height: int = HEIGHT) -> str:
    """What oEmbed gives for a pasted address: a link, and the frame as wide as the column that it stands in.

    WordPress strips all but this from sites that it does not know, and puts the frame into a sandbox where no link
    opens anything. Only beside a quotation with nothing in its tag it loads the script that follows the frame's links;
    it hides the quotation then. Without JavaScript, and where frames are dropped, the link is what remains. Source:
    WordPress, wp_filter_oembed_result, wp_maybe_enqueue_oembed_host_js.
    """
    link = f'<blockquote><a href="{escape(letter_url)}">{escape(title)}</a></blockquote>'
    return link + frame(url, title, "100%", height)


def frame(url: str, title: str, width: int | str = WIDTH, height: int = HEIGHT) -> str:
    """HTML as text: a page that shows it to be copied escapes it once more."""
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="{width}" height="{height}" '
        'frameborder="0" loading="lazy"></iframe>'
    )


def picture(url: str, letter_url: str, title: str) -> str:
    """The same, for a picture."""
    size = f'width="{PICTURE_WIDTH}" height="{PICTURE_HEIGHT}"'
    return f'<a href="{escape(letter_url)}"><img src="{escape(url)}" alt="{escape(title)}" {size}></a>'
