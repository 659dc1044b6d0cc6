"""What a page shows of a run: the stage at one step, the picture, the lanes, the rows of the tables."""
