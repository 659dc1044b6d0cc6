"""Replies and values: as JSON, as redis-cli and Python print them, and as claims in a lesson file."""
