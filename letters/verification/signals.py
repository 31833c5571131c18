"""News from this room to those above it; listed in docs/architecture.md."""

from django.dispatch import Signal

assurance_changed = Signal()  # signature: its summary columns are new, in the same transaction
duplicate_found = Signal()  # signatures: list of signatures of one letter that proved the same identity
review_wanted = Signal()  # signature, reason: an organiser should look; url, words, file: what the signatory hands in
