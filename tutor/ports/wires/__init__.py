"""The parts of the port to connections, one an actor; port.py puts them together."""
