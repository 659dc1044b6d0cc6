"""The Redis server in use: connections to it, its version and status, and the embedded server of the package."""
