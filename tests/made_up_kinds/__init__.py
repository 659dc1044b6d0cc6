"""Two made-up kinds of question, and the tests that run in a copy of the program that has them."""
