"""What `manage.py lessons <verb>` can be: one module for each verb, listed in commands/lessons.py."""
