"""Sessions: what redis-cli shows, written in a lesson's prose, as a scenario that can be played."""
