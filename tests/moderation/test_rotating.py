import pytest

from letters.core import sealed
from letters.moderation import disputing, importing, networks
from letters.moderation.models import Dispute, Upload
from letters.signatures import rotating
from letters.verification import proving
from letters.verification.providers.base import Attachment
from tests.factories import make_letter, sign_and_confirm
from tests.key_files import own_keys
from tests.moderation.files import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def key_file(settings, tmp_path):
    with own_keys(settings, tmp_path) as path:
        yield path


def test_files_and_disputes_are_sealed_anew_when_keys_are_rotated(key_file):
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


def test_lists_and_keys_of_networks_are_sealed_anew_as_well(key_file, mona):
    networks._kept.clear()
    of_network = networks.hash_of("192.0.2.0/24")
    row = importing.upload(make_letter(), b"Name,Mail\nAda,ada@uni.example\n,\n,none@uni.example\n", by=mona)
    importing.start(row.public_id, columns=row.columns, source="Us", role="signatory", by=mona)
    importing.step(row.pk)

    assert rotating.begin()
    for _ in rotating.rewrite():
        pass

    row.refresh_from_db()
    networks._kept.clear()
    assert importing.table_of(row).rows == [["Ada", "ada@uni.example"], ["", "none@uni.example"]]
    assert importing.left_of(row)[0][:3] == ["4", "", "none@uni.example"]
    assert networks.hash_of("192.0.2.0/24") == of_network
    assert rotating.left() == 0
