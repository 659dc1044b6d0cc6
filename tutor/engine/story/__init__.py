"""A step in words and movements, read from its entry."""
