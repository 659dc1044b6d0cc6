"""The parts of the port to connections, one per actor; port.py combines them."""
