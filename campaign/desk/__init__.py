"""The organisers' door: what waits, who decides, which rules a letter has. For logged-in staff; no rules here."""
