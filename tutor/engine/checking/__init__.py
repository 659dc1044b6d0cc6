"""Checks of a whole lesson, with a play where one is needed."""
