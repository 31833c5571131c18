from django.urls import path

from letters.accounts.oauth import views

urlpatterns = [
    path("orcid/callback/", views.orcid_callback, name="orcid_callback"),
    path("github/callback/", views.github_callback, name="github_callback"),
]
