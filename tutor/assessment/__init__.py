"""Questions to learners and their answers: predictions, the quiz, practice, tests."""
