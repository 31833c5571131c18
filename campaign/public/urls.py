"""Addresses of the visitors' door."""

from django.conf import settings
from django.urls import path, register_converter

from campaign.public import access
from campaign.public.views import (
    corrections,
    disputing,
    embargo,
    files,
    health,
    inviting,
    ledger,
    mailbox,
    owning,
    people,
    press,
    questions,
    reading,
    renewing,
    representing,
    sharing,
    signing,
    timeline,
    unsubscribing,
    verifying,
    versions,
)

app_name = "public"
register_converter(access.TextLabel, "text")
register_converter(access.LiveFile, "live")
register_converter(access.SnapshotLabel, "moment")
LETTER = "letters/<slug:slug>/"

urlpatterns = [
    path("", reading.home, name="home"),
    path("privacy/", reading.privacy_notice, name="privacy"),
    path(LETTER, reading.letter, name="letter"),
    path(f"{LETTER}versions/<text:label>/", versions.version, name="version"),
    path(f"{LETTER}versions/<text:label>/letter.md", versions.version_text, name="version-text"),
    path(f"{LETTER}versions/<text:label>/changes/<text:other>/", versions.changes, name="changes"),
    path(f"{LETTER}signatories/", people.signatories, name="signatories"),
    path(f"{LETTER}signatories/<uuid:public_id>/", people.signature, name="signature"),
    path(f"{LETTER}signatories/<uuid:public_id>/dispute/", disputing.dispute, name="dispute"),
    path(f"{LETTER}signatories/<uuid:public_id>/ask/", questions.ask, name="ask"),
    path(f"{LETTER}press/people/", questions.press_people, name="press-people"),
    path("embargo/<str:token>/", embargo.embargo, name="embargo"),
    path(f"{LETTER}embargo/", embargo.embargo_room, name="embargo-room"),
    path("question/<str:token>/", questions.question, name="question"),
    path("questions/<str:token>/", questions.questions_stop, name="questions-stop"),
    path("dispute/<str:token>/", disputing.dispute_confirm, name="dispute-confirm"),
    path(f"{LETTER}methodology/", people.methodology, name="methodology"),
    path(f"{LETTER}timeline/", timeline.timeline, name="timeline"),
    path(f"{LETTER}share/", sharing.share, name="share"),
    path(f"{LETTER}corrections/", corrections.page, name="corrections"),
    path(f"{LETTER}corrections/by-mail/", corrections.mail, name="corrections-mail"),
    path(f"{LETTER}corrections.atom", corrections.atom, name="corrections-atom"),
    path("corrections/<str:token>/", corrections.reader, name="corrections-reader"),
    path("updates/<str:token>/", unsubscribing.updates, name="updates"),
    path(f"{LETTER}signatories.csv", files.signatories_csv, name="signatories-csv"),
    path(f"{LETTER}signatories.json", files.signatories_json, name="signatories-json"),
    path(f"{LETTER}<live:file>", press.live_file, name="live-file"),
    path(f"{LETTER}press/", press.press, name="press"),
    path(f"{LETTER}press/<moment:as_of>/", press.snapshot, name="snapshot"),
    path(f"{LETTER}press/<moment:as_of>/<str:name>", press.snapshot_file, name="snapshot-file"),
    path(f"{LETTER}openings.csv", ledger.openings, name="openings"),
    path(f"{LETTER}ledger/checkpoint", ledger.checkpoint, name="ledger-checkpoint"),
    path(f"{LETTER}ledger/key", ledger.key, name="ledger-key"),
    path(f"{LETTER}ledger/entries.jsonl", ledger.entries, name="ledger-entries"),
    path(f"{LETTER}ledger/tile/entries/<path:path>", ledger.bundle, name="ledger-bundle"),
    path(f"{LETTER}ledger/tile/<str:level>/<path:path>", ledger.tile, name="ledger-tile"),
    path("ledger/checkpoint", ledger.site_checkpoint, name="ledger-site-checkpoint"),
    path("ledger/key", ledger.site_key, name="ledger-site-key"),
    path("ledger/tile/entries/<path:path>", ledger.site_bundle, name="ledger-site-bundle"),
    path("ledger/tile/<str:level>/<path:path>", ledger.site_tile, name="ledger-site-tile"),
    path(f"{LETTER}count.json", people.count, name="count"),
    path(f"{LETTER}sign/", signing.sign, name="sign"),
    path(f"{LETTER}sign/organisation/", representing.sign_organization, name="sign-organization"),
    path(f"{LETTER}sign/<str:nonce>/", signing.sent, name="sent"),
    path(f"{LETTER}my-signature/", owning.mine_link, name="mine-link"),
    path("confirm/<str:token>/", signing.confirm, name="confirm"),
    path("not-me/<str:token>/", signing.not_me, name="not-me"),
    path("invited/<str:token>/", inviting.invited, name="invited"),
    path("invited/<str:token>/sign/", inviting.invited_sign, name="invited-sign"),
    path("again/<str:token>/", renewing.renew, name="renew"),
    path("mine/<str:token>/", owning.mine, name="mine"),
    path("mine/<str:token>/data.json", owning.mine_data, name="mine-data"),
    path("mine/<str:token>/receipt", owning.mine_proof, name="mine-proof"),
    path("mine/<str:token>/verify/<slug:kind>/", verifying.verify, name="verify"),
    path("verify/<str:token>/", verifying.verify_mail, name="verify-mail"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if settings.DEVELOPMENT:
    urlpatterns += [
        path("mailbox/", mailbox.index, name="mailbox"),
        path("mailbox/messages.json", mailbox.messages_json, name="mailbox-json"),
        path("mailbox/<str:mail_id>/", mailbox.html_part, name="mailbox-html"),
    ]
