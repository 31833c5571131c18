"""The machines' door: what programs read, and what mail services report."""
