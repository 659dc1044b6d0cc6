"""The program of a lesson: its redis-py client, the texts that hold its variables, and the limits of both."""
