"""The pages of Sample University: who are you, and the way back."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from allauth.idp.oidc import views as provider
from allauth.idp.oidc.models import Client
from django.contrib.auth import get_user_model, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaign.sample_university.people import NAME, PEOPLE

HERE = Path(__file__).parent
CHOSEN = "chosen"


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """The login page: everybody may be anybody."""
    onward = request.GET.get("next", "")
    if urlsplit(onward).path != reverse("idp:oidc:authorization") or urlsplit(onward).netloc:
        raise Http404
    if request.method != "POST":
        client = Client.objects.get()
        return render(request, "university/choose.html", {"people": PEOPLE, "university": NAME, "site": client.name})
    if request.POST.get("person") == "nobody":
        return _cancelled(onward)
    known = {str(person.id) for person in PEOPLE}
    if request.POST.get("person") not in known:
        raise Http404
    login(request, get_user_model()._default_manager.get(pk=request.POST["person"]))
    request.session[CHOSEN] = onward
    return HttpResponseRedirect(onward)


def _cancelled(onward: str) -> HttpResponse:
    query = dict(parse_qsl(urlsplit(onward).query))
    back = query.get("redirect_uri", "")
    if back not in Client.objects.get().get_redirect_uris():
        raise Http404
    return HttpResponseRedirect(f"{back}?{urlencode({'error': 'access_denied', 'state': query.get('state', '')})}")


@csrf_exempt  # allauth's view looks after its own form
def authorize(request: HttpRequest) -> HttpResponse:
    """allauth's, but each login asks anew who one is: whoever tries this wants to be several people."""
    if request.session.pop(CHOSEN, "") != request.get_full_path():
        logout(request)
    return provider.authorization(request)  # type: ignore[no-any-return]


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    return HttpResponse((HERE / "university.css").read_bytes(), content_type="text/css; charset=utf-8")
