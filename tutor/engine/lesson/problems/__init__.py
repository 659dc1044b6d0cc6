"""What is wrong with a lesson, as far as its text alone shows it."""
