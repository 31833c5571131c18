"""Addresses of Sample University."""

from django.urls import include, path

from campaign.sample_university import views

urlpatterns = [
    path("login/", views.choose, name="account_login"),
    path("university.css", views.style, name="style"),
    path("identity/o/authorize", views.authorize),
    path("", include("allauth.idp.urls")),
]
