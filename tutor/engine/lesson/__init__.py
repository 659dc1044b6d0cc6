"""A lesson file as values: steps, questions, and the problems that can be found in its text alone."""
