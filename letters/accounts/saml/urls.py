from django.urls import path

from letters.accounts.saml import views

urlpatterns = [
    path("saml/<slug:organization_slug>/acs/", views.acs, name="saml_acs"),
    path("saml/<slug:organization_slug>/acs/finish/", views.finish_acs, name="saml_finish_acs"),
    path("saml/<slug:organization_slug>/sls/", views.sls, name="saml_sls"),
    path("saml/<slug:organization_slug>/metadata.xml", views.metadata, name="saml_metadata"),
]
