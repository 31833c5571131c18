"""News from this room to the one above it; listed in docs/architecture.md."""

from django.dispatch import Signal

decided_together = Signal()  # bulk, signatures: row ids of one batch of it, is_undo; inside the batch's transaction
