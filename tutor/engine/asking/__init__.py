"""Questions made of a trace: predictions, drawn tests, and proofs of answers."""
