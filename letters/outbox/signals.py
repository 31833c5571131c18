"""News from this room to those above it; listed in docs/architecture.md."""

from django.dispatch import Signal

address_blocked = Signal()  # recipient_index, reason: an address gets no more mail; sent at every report
