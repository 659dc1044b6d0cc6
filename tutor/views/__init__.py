"""Views: look up, do one thing, answer."""
