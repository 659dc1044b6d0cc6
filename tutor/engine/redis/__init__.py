"""Facts about Redis and Valkey: their commands, replies and keys, and the rules of command lines."""
