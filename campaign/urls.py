"""All addresses of the site."""

from allauth.account.decorators import reauthentication_required, secure_admin_login
from allauth.account.views import password_set
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.decorators.cache import cache_control

from campaign.public.views import logging_in


@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """For programs that ask for the old name."""
    return redirect(static("favicon.svg"))


admin.autodiscover()
for social in (SocialAccount, SocialApp, SocialToken):  # logins come from the environment; what is kept says nothing
    admin.site.unregister(social)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns = [
    path("", include("campaign.public.urls")),
    path("", include("campaign.api.urls")),
    path("desk/", include("campaign.desk.urls")),
    # A first password is a lasting way in: allauth asks for the old one only, and there is none.
    path("accounts/password/set/", reauthentication_required(password_set), name="account_set_password"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/with/<slug:provider_id>/", logging_in.login_begin, name="login_begin"),
    path("accounts/", include("letters.accounts.oauth.urls")),
    path("accounts/", include("letters.accounts.oidc.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
]
if settings.HAS_SAML:
    urlpatterns.append(path("accounts/", include("letters.accounts.saml.urls")))
if settings.ANYMAIL_BACKEND:
    urlpatterns.append(path("anymail/", include("anymail.urls")))
