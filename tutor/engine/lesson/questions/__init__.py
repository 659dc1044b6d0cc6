"""Questions: their kinds, keys, marks and proofs."""
