"""Files that a newsroom can use: the list as CSV and JSON, made for a million rows, holding what was agreed to."""
