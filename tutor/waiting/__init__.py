"""How long a request may wait for servers and disks, and how many requests may wait at once."""
