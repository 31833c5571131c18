"""Cases that people decide: what is held and why, what was decided by whom, and how one appeals. It never mails by
itself, never edits what a signatory typed, and never decides without leaving who and why."""
