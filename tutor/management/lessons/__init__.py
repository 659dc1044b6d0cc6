"""The verbs of `manage.py lessons <verb>`: one module each, listed in commands/lessons.py."""
