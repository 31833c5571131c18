"""Addresses of the organisers' door."""

from django.urls import path

from campaign.desk.views import home, invitations, queue, rules

app_name = "desk"
LETTER = "<slug:slug>/"

urlpatterns = [
    path("", home.home, name="home"),
    path(f"{LETTER}queue/", queue.queue_page, name="queue"),
    path(f"{LETTER}queue/release/", queue.release, name="queue-release"),
    path(f"{LETTER}queue/<uuid:public_id>/", queue.case_page, name="case"),
    path(f"{LETTER}queue/<uuid:public_id>/files/<uuid:upload_id>/", queue.upload, name="case-file"),
    path(f"{LETTER}rules/", rules.rules, name="rules"),
    path(f"{LETTER}invitations/", invitations.invitations, name="invitations"),
]
