"""What learners are asked, and what came of it: predictions, the quiz, practice, tests."""
