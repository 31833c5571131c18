"""News from this room to those above it; listed in docs/architecture.md."""

from django.dispatch import Signal

version_added = Signal()  # letter, version: its new current text; inside the transaction that adds it
letter_moved = Signal()  # letter, before: the state that it left; inside the transaction that moves it
letter_reordered = Signal()  # letter: its list has another order; inside the transaction that changes it
text_amended = Signal()  # letter, amendment: an editorial fix of its current version; inside the transaction
