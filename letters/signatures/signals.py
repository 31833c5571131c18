"""News from this room to those above it; listed in docs/architecture.md."""

from django.dispatch import Signal

signature_confirmed = Signal()  # signature
signature_corrected = Signal()  # signature, axes: set of "name", "position", "affiliation"
change_waits = Signal()  # signature, axes: a checked part of the line shall change; the old line stays meanwhile
change_ended = Signal()  # signature: its waiting change was printed or taken back
signature_carried = Signal()  # signature, before: the same person's line under the version before it
signature_ended = Signal()  # signature: withdrawn, disowned or erased
samples_loaded = Signal()  # rows: list of (new sample signature, line of its file, its evidence as written there)
uses_changed = Signal()  # signature, uses: set of consents to what is printed beside the line that were given or ended
representation_changed = Signal()  # signature: somebody else signs for the organisation, or under another title
anonymity_asked = Signal()  # signature: its name shall be withheld, position and affiliation printed
anonymity_ended = Signal()  # signature: hidden altogether or shown with its name, it asks for no such line any more
name_deleted = Signal()  # signature: the name is gone after the check; the line without it stands
line_left = Signal()
"""signature; how: "withdrawn", "removed", "held", "hidden", "unprinted" (a line without its name); was_counted: readers
could count it."""
line_back = Signal()  # signature, how: "restored", "released", "shown"; readers see it now
line_changed = Signal()  # signature, fields: set of what a printed line says otherwise from now on
