"""Evidence: what was proven of a signatory, when, and the sentence that claims no more than that."""
