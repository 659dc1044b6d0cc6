"""Limits of what one visitor can ask for: how fast, and how much is kept."""
