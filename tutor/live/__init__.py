"""Live messages to a learner's own tabs."""
