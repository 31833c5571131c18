"""The machines' door: what mail services report. Read-only data for the public is in the visitors' door."""
