"""Serving: the supervisor of `manage.py serve`, and the processes that it starts and replaces."""
