"""News from this room to those above it; listed in docs/architecture.md."""

from django.dispatch import Signal

signature_confirmed = Signal()  # signature
signature_corrected = Signal()  # signature, axes: set of "name", "position", "affiliation"
signature_ended = Signal()  # signature: withdrawn, disowned or erased
