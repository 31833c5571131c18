"""All addresses of the site."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.decorators.cache import cache_control


@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """For programs that ask for the old name."""
    return redirect(static("favicon.svg"))


admin.autodiscover()
for social in (SocialAccount, SocialApp, SocialToken):  # logins come from the environment; nothing is ever stored
    admin.site.unregister(social)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns = [
    path("", include("campaign.public.urls")),
    path("desk/", include("campaign.desk.urls")),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/", include("letters.accounts.oauth.urls")),
    path("accounts/", include("letters.accounts.oidc.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
]
if settings.HAS_SAML:
    urlpatterns.append(path("accounts/", include("letters.accounts.saml.urls")))
if settings.ANYMAIL_BACKEND:
    urlpatterns.append(path("anymail/", include("anymail.urls")))
