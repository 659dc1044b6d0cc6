"""Playing steps on a port; the only place that creates entries."""
