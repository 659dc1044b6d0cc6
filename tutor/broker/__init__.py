"""The Redis server that answers: connections to it, what it is, and the one that comes with the package."""
