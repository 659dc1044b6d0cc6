"""The pure core: lessons, playing them, and the recorded trace. No Django, no Redis client, no YAML."""
