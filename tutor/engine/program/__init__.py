"""The lesson's program: its redis-py client, its texts with variables, and the limits of both."""
