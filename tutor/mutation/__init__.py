"""Planting falsehoods in lessons, one at a time, to find the statements that the check does not prove."""
