"""Redis Tutor: lessons on Redis in Django, stepped through on a real server."""
