"""The pure part: what a lesson is, how it is played, what was seen. No Django, no Redis client, no YAML."""
