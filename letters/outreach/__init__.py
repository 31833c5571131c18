"""What organisers do with a letter beside its text: milestones, updates to signatories, delivery, responses, timeline.
Writes to nobody who did not agree, and never speaks for the signatories."""
