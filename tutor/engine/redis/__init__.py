"""What Redis and Valkey are: their commands, and the rules by which command lines are read."""
