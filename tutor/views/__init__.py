"""Views: find it, do one thing, answer."""
