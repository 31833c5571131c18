"""The list of addresses that get no mail, kept as blind indexes."""

from uuid import UUID

from letters.core import addresses, sealed
from letters.outbox import signals
from letters.outbox.models import Suppression, SuppressionReason


def index_of(address: str) -> bytes:
    """The site-wide blind index of an address; 32 bytes."""
    return sealed.site_index(addresses.canonical(address))


def suppress(address: str, reason: SuppressionReason) -> Suppression:
    """Never mail this address again. Idempotent: the first reason stays. Sends ``address_blocked``."""
    index = index_of(address)
    row, _ = Suppression.objects.get_or_create(recipient_index=index, defaults={"reason": reason})
    signals.address_blocked.send(Suppression, recipient_index=index, reason=reason)
    return row


def lift(public_id: UUID) -> bool:
    """Take an address off the list; False when it was not on it."""
    return Suppression.objects.filter(public_id=public_id).delete()[0] > 0
