"""Thank and share: words to copy and plain links; nothing is asked of another site before somebody follows one."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaign import embeds
from campaign.public import access, headers
from letters.documents.models import Letter
from letters.outreach import sharing


@require_safe
@access.in_letters_language
def share(request: HttpRequest, letter: Letter) -> HttpResponseBase:
    text = access.shown_for(letter)
    typed = request.GET.get("server", "")[: sharing.TYPED_MAX]
    etag = headers.etag_of("share", access.mark_of(letter), text.sha256, typed)
    if (answer := headers.unchanged(request, etag)) is not None:
        return answer
    host, url = sharing.mastodon_host(typed), settings.SITE_URL.rstrip("/") + letter.get_absolute_url()
    context = {
        "letter": letter,
        "title": text.title,
        "url": url,
        "colleagues": sharing.colleagues_text(letter, text, url=url),
        "embed_frame": embeds.frame(embeds.address(letter.slug), text.title),
        "embed_picture": embeds.picture(embeds.address(letter.slug, picture=True), url, text.title),
        "typed": typed,
        "host": host,
        "mastodon_url": sharing.mastodon_link(host, text=text.title, url=url) if host else "",
    }
    return headers.as_public(render(request, "public/share.html", context), etag)
