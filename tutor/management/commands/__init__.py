"""What `manage.py <command>` can be."""
