"""The recorded entries of a run."""
