"""The parts of a rehearsal that run in the program's own processes."""
