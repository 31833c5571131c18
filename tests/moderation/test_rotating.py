import pytest

from letters.core import keyring, sealed
from letters.moderation import disputing
from letters.moderation.models import Dispute, Upload
from letters.signatures import rotating
from letters.verification import proving
from letters.verification.providers.base import Attachment
from tests.factories import make_letter, sign_and_confirm
from tests.moderation.files import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_keys(settings, tmp_path):
    settings.KEYS_FILE = str(tmp_path / "keys.json")
    keyring.forget()
    yield
    keyring.forget()


def test_files_and_disputes_are_sealed_anew_when_keys_are_rotated(own_keys):
    row = sign_and_confirm(make_letter())
    proving.start(row, "review", {"file": Attachment("x", PDF)})
    disputing.ask(row, kind="not-them", text="She says so.", email="third@example.net")

    assert rotating.begin()
    assert rotating.left() >= 3
    for _ in rotating.rewrite():
        pass

    upload, dispute = Upload.objects.get(), Dispute.objects.get()
    assert (upload.content, dispute.text, dispute.email) == (PDF, "She says so.", "third@example.net")
    for value in (upload.content_sealed, dispute.text_sealed, dispute.email_sealed):
        assert sealed.is_sealed_with_newest(bytes(value))
    assert rotating.left() == 0
