"""Replies and values: as JSON, as redis-cli and Python print them, as a lesson file claims them."""
