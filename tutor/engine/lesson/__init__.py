"""What a lesson file says: steps, questions, and what can be wrong with them."""
