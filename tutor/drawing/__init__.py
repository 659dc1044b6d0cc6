"""A run as its page shows it: the stage at one step, the picture, the lanes, the rows of the tables."""
