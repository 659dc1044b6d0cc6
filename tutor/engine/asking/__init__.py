"""Questions based on a trace: predictions, drawn tests, and proofs of answers."""
