"""Messages to a learner's own tabs, as they come."""
