"""A lesson file as values: steps, questions, and the problems that its text alone can have."""
