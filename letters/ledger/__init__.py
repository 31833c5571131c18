"""What was done, append-only. The audit trail holds ids alone: no name, no address, no text."""
