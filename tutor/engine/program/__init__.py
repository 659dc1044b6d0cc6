"""The program of a lesson: its redis-py client, its texts with variables, and the limits of both."""
