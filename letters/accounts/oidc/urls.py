from django.urls import path

from letters.accounts.oidc import views

urlpatterns = [path("oidc/<slug:provider_id>/callback/", views.callback, name="oidc_callback")]
