"""The mail with the number and the proof: to whom it goes, what stands in it, and when it waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from letters.ledger import chain, merkle, note
from letters.ledger.models import Checkpoint, Entry, Log, Tile
from letters.outbox import claiming, kinds, sending
from letters.outbox.models import Message
from letters.press import proofs, receipts, sequencing
from letters.press.models import Commitment
from letters.signatures import managing
from letters.signatures.models import Signature
from tests.factories import make_letter, make_signature
from tests.ledger.tampering import tampering

pytestmark = [pytest.mark.django_db]


def queued():
    return list(Message.objects.filter(kind="receipt"))


def built(message):
    return kinds.kind("receipt").build([message])[message.pk]


def test_the_mail_holds_the_number_the_proof_and_the_own_page_and_no_address():
    letter = make_letter(title="Lift the restriction")
    row = make_signature(letter)
    sequencing.run()
    (message,) = queued()

    mail = built(message)

    receipt = proofs.receipt_of(row)
    assert mail.to == row.email
    assert mail.subject == "Your receipt: Lift the restriction"
    assert "your line is no. 2 of the ledger" in mail.text
    assert receipt.proof in mail.text
    assert receipt.key in mail.text
    assert managing.token_for(row) in mail.text
    assert row.email not in mail.text
    proof = mail.text[mail.text.index("c2sp.org/tlog-proof@v1") :].partition("\n\n")[2]
    note.open_checkpoint(proof.partition("\n-- \n")[0].encode(), [note.parse_key(receipt.key)])
    assert message.next_at > timezone.now(), "the checkpoint comes first"


def test_an_address_that_no_key_opens_keeps_nobody_out_of_the_log():
    letter = make_letter()
    broken, whole = make_signature(letter), make_signature(letter)
    Signature.objects.filter(pk=broken.pk).update(email_sealed=whole.email_sealed)  # sealed for another row

    sequencing.run()

    assert [message.subject_id for message in queued()] == [whole.public_id]
    assert Commitment.objects.filter(signature__in=[broken, whole]).count() == 2


def test_a_line_gets_one_receipt_whatever_is_corrected_later():
    letter = make_letter()
    make_signature(letter)
    sequencing.run()
    Signature.objects.update(position="Dean", changed_at=timezone.now())
    sequencing.run()

    assert len(queued()) == 1


def test_invented_people_get_none_nor_those_without_an_address(settings):
    make_signature(make_letter(is_sample=True))
    make_signature(make_letter(), state="sample")
    bare = make_signature(make_letter())
    Signature.objects.filter(pk=bare.pk).update(email_sealed=None, email_index_odd=None, email_index_even=None)
    sequencing.run()
    settings.LEDGER_RECEIPTS = False
    make_signature(make_letter())
    sequencing.run()

    assert queued() == []


def test_nobody_is_written_to_about_the_past():
    letter = make_letter()
    old = make_signature(letter, at=timezone.now() - timedelta(days=30))
    letter.published_at = timezone.now() - timedelta(days=31)
    letter.save()
    sequencing.run()
    assert queued() == []

    new = make_signature(letter, person="bob")
    sequencing.run()

    assert [message.subject_id for message in queued()] == [new.public_id]
    assert proofs.receipt_of(old) is not None


def test_a_mail_waits_for_its_checkpoint():
    make_signature(make_letter())
    sequencing.run()
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_checkpoint")

    assert isinstance(built(queued()[0]), receipts.NotSignedYet)


def test_who_left_meanwhile_gets_none():
    row = make_signature(make_letter())
    sequencing.run()
    (message,) = queued()
    managing.withdraw(row.public_id)
    assert built(message) == kinds.Withhold("gone")

    managing.erase(row.public_id)
    assert queued() == []


@pytest.mark.django_db(transaction=True)
def test_the_mail_leaves_by_the_queue(smtp_sink):
    row = make_signature(make_letter())
    sequencing.run()
    Message.objects.update(next_at=timezone.now())

    assert sending.deliver_due() == 1

    assert smtp_sink.recipients == [row.email]
    assert claiming.claim() == []


def own_page(client, row, name="mine"):
    path = f"/mine/{managing.token_for(row)}/" + ("receipt" if name == "mine-proof" else "")
    return client.get(path)


def test_the_own_page_shows_the_number_and_gives_the_proof(client):
    letter = make_letter()
    row = make_signature(letter)
    assert "Within a minute" in own_page(client, row).content.decode()
    assert own_page(client, row, "mine-proof").status_code == 410
    sequencing.run()

    page, proof = own_page(client, row).content.decode(), own_page(client, row, "mine-proof")

    assert "<strong>no. 2</strong>" in page
    assert "Unwitnessed" in page
    assert proof.content.decode() == proofs.receipt_of(row).proof
    assert proof.headers["Content-Disposition"] == 'attachment; filename="signature-2.tlog-proof"'
    managing.withdraw(row.public_id)
    assert own_page(client, row, "mine-proof").status_code == 410


def test_an_erased_person_leaves_nothing_that_opens_and_other_proofs_hold():
    letter = make_letter()
    gone, other = make_signature(letter, display_name="Zyx Canary"), make_signature(letter, person="bob")
    sequencing.run()
    salt = bytes(gone.commitments.get().salt).hex()
    before = proofs.receipt_of(other)

    managing.erase(gone.public_id)
    sequencing.run()

    everything = b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for model in (Log, Message, Commitment, Entry, Tile, Checkpoint)
        for values in model.objects.values_list()
        for value in values
    )
    assert b"Canary" not in everything
    assert bytes.fromhex(salt) not in everything
    found, _note = note.open_checkpoint(before.proof.partition("\n\n")[2].encode(), [note.parse_key(before.key)])
    stored = chain.tiles.Stored(sequencing.log_of(letter), found.size)
    path = merkle.inclusion_proof(before.index, found.size, stored.node)
    merkle.check_inclusion(bytes.fromhex(before.leaf_hash), before.index, found.size, path, found.root)
