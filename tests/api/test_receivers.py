"""What mail services report comes in by django-anymail's own views: the dead and the annoyed get no more mail."""

import base64
import hashlib
import hmac
import json

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.urls import include, path

from campaign import urls
from campaign.api import receivers
from letters.outbox.models import Suppression
from tests.factories import make_letter
from tests.public.visitor import deliver, send
from tests.site.processes import web

urlpatterns = [*urls.urlpatterns, path("anymail/", include("anymail.urls"))]

SECRET = "user:a-long-password"
SIGNING_KEY = "mailgun-key"
VICTIM = "Suzie@example.com"


@pytest.fixture
def reports(settings, db):
    """The door as it stands when a mail service is configured."""
    settings.ROOT_URLCONF = __name__
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY}
    tracking.connect(receivers.on_tracking)
    yield
    tracking.disconnect(receivers.on_tracking)


def authorised(secret=SECRET):
    return "Basic " + base64.b64encode(secret.encode()).decode()


def report(client, service, body, *, secret=SECRET):
    headers = {"Authorization": authorised(secret)} if secret else {}
    return client.post(f"/anymail/{service}/tracking/", json.dumps(body), "application/json", headers=headers)


def postmark(kind, record="Bounce"):
    return {"RecordType": record, "Type": kind, "ID": 42, "Email": VICTIM, "BouncedAt": "2026-11-23T14:00:00Z"}


def mailgun(event, **more):
    stamp, token = "1763906400", "t" * 50
    digest = hmac.new(SIGNING_KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": digest},
        "event-data": {"event": event, "timestamp": 1763906400.1, "recipient": VICTIM, **more},
    }


REPORTS = [
    pytest.param("postmark", postmark("HardBounce"), ["bounce"], id="Postmark: no such mailbox"),
    pytest.param("postmark", postmark("SoftBounce"), [], id="Postmark: full mailbox"),
    pytest.param("postmark", postmark("Transient"), [], id="Postmark: busy server"),
    pytest.param("postmark", postmark("AutoResponder"), [], id="Postmark: on holiday"),
    pytest.param("postmark", postmark("VirusNotification"), [], id="Postmark: taken for a virus"),
    pytest.param("postmark", postmark("SpamComplaint", "SpamComplaint"), ["complaint"], id="Postmark: spam"),
    pytest.param(
        "postmark",
        {"RecordType": "Delivery", "Recipient": VICTIM, "DeliveredAt": "2026-11-23T14:00:00Z"},
        [],
        id="Postmark: delivered",
    ),
    pytest.param(
        "mailgun",
        mailgun("failed", severity="permanent", reason="bounce"),
        ["bounce"],
        id="Mailgun: no such mailbox",
    ),
    pytest.param("mailgun", mailgun("failed", severity="temporary", reason="bounce"), [], id="Mailgun: later"),
    pytest.param("mailgun", mailgun("failed", severity="permanent", reason="generic"), [], id="Mailgun: policy"),
    pytest.param("mailgun", mailgun("complained"), ["complaint"], id="Mailgun: spam"),
    pytest.param("brevo", {"event": "hard_bounce", "email": VICTIM, "ts_epoch": 1}, ["bounce"], id="Brevo: dead"),
    pytest.param("brevo", {"event": "soft_bounce", "email": VICTIM, "ts_epoch": 1}, [], id="Brevo: full mailbox"),
]


@pytest.mark.parametrize(("service", "body", "expected"), REPORTS)
def test_report_blocks_the_dead_and_the_annoyed_alone(client, reports, service, body, expected):
    response = report(client, service, body)

    assert response.status_code == 200
    assert [block.reason for block in Suppression.objects.all()] == expected


@pytest.mark.parametrize(("kind", "expected"), [("Permanent", ["bounce"]), ("Transient", []), ("Undetermined", [])])
def test_soft_bounce_of_amazon_blocks_nobody(reports, kind, expected):
    """Its view needs boto3, which we do not install: the event as that view makes it."""
    bounce = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": VICTIM}]}
    event = AnymailTrackingEvent(
        event_type="bounced",
        reject_reason="bounced",
        recipient=VICTIM,
        esp_event={"eventType": "Bounce", "bounce": bounce},
    )

    tracking.send(sender=None, event=event, esp_name="Amazon SES")

    assert [block.reason for block in Suppression.objects.all()] == expected


@pytest.mark.parametrize("secret", ["user:wrong", "a-long-password", "", None])
def test_report_with_a_wrong_secret_is_refused(client, reports, secret):
    response = report(client, "postmark", postmark("HardBounce"), secret=secret)

    assert (response.status_code, Suppression.objects.count()) == (400, 0)


def test_report_with_a_forged_signature_is_refused(client, reports):
    body = mailgun("complained")
    body["signature"]["signature"] = "0" * 64

    response = report(client, "mailgun", body)

    assert (response.status_code, Suppression.objects.count()) == (400, 0)


def test_report_told_twice_blocks_once_with_the_first_reason(client, reports):
    for kind, record in (("HardBounce", "Bounce"), ("HardBounce", "Bounce"), ("SpamComplaint", "SpamComplaint")):
        assert report(client, "postmark", postmark(kind, record)).status_code == 200

    assert [block.reason for block in Suppression.objects.all()] == ["bounce"]


def test_report_of_nobody_blocks_nobody(client, reports):
    response = report(client, "postmark", {**postmark("HardBounce"), "Email": None})

    assert (response.status_code, Suppression.objects.count()) == (200, 0)


@pytest.mark.django_db(transaction=True)
def test_configured_site_takes_reports_and_mails_no_more(client, mailoutbox, settings):
    letter = make_letter()

    with web(ANYMAIL_BACKEND="postmark", ANYMAIL_WEBHOOK_SECRET=SECRET, ANYMAIL_POSTMARK_SERVER_TOKEN="abc") as site:
        body = json.dumps(postmark("HardBounce"))
        kind = {"Content-Type": "application/json"}
        path = "/anymail/postmark/tracking/"
        refused = site.ask("POST", path, body, {**kind, "Authorization": authorised("user:wrong")})
        before = Suppression.objects.count()
        taken = site.ask("POST", path, body, {**kind, "Authorization": authorised()})
    send(client, letter)

    assert (refused.status, before, taken.status, Suppression.objects.count()) == (400, 0, 200, 1)
    assert deliver(mailoutbox) == []
    assert "suzie@example.com" not in site.log.lower()


def test_site_without_a_mail_service_has_no_such_door(client):
    assert client.post("/anymail/postmark/tracking/", {}).status_code == 404
